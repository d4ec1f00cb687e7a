import http from "node:http";
import net, { type AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import type { HttpRequest } from "../ports/http.ts";
import { openHttp } from "./http.ts";
import { plainReason } from "./http-reason.ts";

const open: net.Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) {
    if (server instanceof http.Server) server.closeAllConnections();
    server.close();
  }
});

async function listen(server: net.Server): Promise<string> {
  open.push(server);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const serve = (answer: http.RequestListener) => listen(http.createServer(answer));

function send(url: string, more: Partial<HttpRequest> = {}) {
  return openHttp().send({ method: "GET", url, timeoutMs: 5000, maxBytes: 1000, ...more });
}
const failure = (act: Promise<unknown>) =>
  act.then(
    (value) => value,
    (fault) => fault.failure ?? fault,
  );

test("hands back status, headers as they came, and body", async () => {
  const url = await serve((_, response) => {
    response.writeHead(418, ["Set-Cookie", "a=1", "set-cookie", "b=2", "X-Case", "Yes"]);
    response.end("short and stout");
  });
  const answer = await send(`${url}/tea?x=1`);
  expect(answer).toMatchObject({ status: 418, truncated: false });
  expect(Buffer.from(answer.body).toString()).toBe("short and stout");
  expect(answer.headers).toEqual(
    expect.arrayContaining([
      ["Set-Cookie", "a=1"],
      ["set-cookie", "b=2"],
      ["X-Case", "Yes"],
    ]),
  );
  expect(answer.durationMs).toBeGreaterThan(0);
});

test("adds nothing to the request but what the wire needs", async () => {
  let seen: string[] = [];
  const url = await serve((request, response) => {
    seen = request.rawHeaders.filter((_, i) => i % 2 === 0);
    request.pipe(response);
  });
  const answer = await send(url, {
    method: "POST",
    headers: [
      ["X-One", "1"],
      ["X-Two", "2"],
    ],
    body: "echo",
  });
  expect(new Set(seen.map((name) => name.toLowerCase()))).toEqual(
    new Set(["host", "connection", "x-one", "x-two", "content-length"]),
  );
  expect(Buffer.from(answer.body).toString()).toBe("echo");
});

test("follows no redirect", async () => {
  const url = await serve((_, response) =>
    response.writeHead(302, { location: "/elsewhere" }).end(),
  );
  expect(await send(url)).toMatchObject({ status: 302 });
});

test("cuts a long body and says so", async () => {
  const url = await serve((_, response) => response.end("x".repeat(100_000)));
  const answer = await send(url, { maxBytes: 70_001 });
  expect([answer.body.length, answer.truncated]).toEqual([70_001, true]);
  expect((await send(url, { maxBytes: 100_000 })).truncated).toBe(false);
});

test.each([
  ["never answers", () => undefined],
  ["never ends its body", (response: http.ServerResponse) => void response.write("x")],
  [
    "drips",
    (response: http.ServerResponse) => {
      const drip = setInterval(() => response.write("x"), 20);
      response.on("close", () => clearInterval(drip));
    },
  ],
])("gives up at the deadline when the server %s", async (_, answer) => {
  const url = await serve((_request, response) => answer(response));
  expect(await failure(send(url, { timeoutMs: 150, maxBytes: 1e6 }))).toMatchObject({
    code: "http-out-of-time",
  });
});

test("stops at once when it is cancelled", async () => {
  const cancel = new AbortController();
  const url = await serve(() => cancel.abort());
  expect(await failure(send(url, { signal: cancel.signal }))).toMatchObject({
    code: "http-cancelled",
  });
});

test("says that the connection was refused", async () => {
  const server = net.createServer();
  const url = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  expect(await failure(send(url))).toMatchObject({
    code: "http-unreachable",
    what: expect.stringContaining("connection refused"),
  });
});

test("says that there is no such name", async () => {
  expect(await failure(send("http://no-such-host.invalid/"))).toMatchObject({
    code: "http-unreachable",
    what: expect.stringMatching(/name not found|name server/),
  });
});

test("says that the answer is not HTTP", async () => {
  const url = await listen(
    net.createServer((socket) => void socket.end("SSH-2.0-OpenSSH\r\n\r\n")),
  );
  expect(await failure(send(url))).toMatchObject({
    code: "http-not-http",
    what: expect.stringContaining("not HTTP: it does not begin with HTTP/1"),
  });
});

test("says that the other side hung up", async () => {
  const url = await listen(
    net.createServer((socket) => socket.once("data", () => socket.destroy())),
  );
  expect(await failure(send(url))).toMatchObject({
    code: "http-unreachable",
    what: expect.stringContaining("closed"),
  });
});

test("speaks of TLS when a plain server is asked by https", async () => {
  const url = await serve((_, response) => response.end());
  expect(await failure(send(url.replace("http:", "https:")))).toMatchObject({
    code: "http-tls",
    what: expect.stringContaining("TLS"),
  });
});

test.each([
  ["not a url", {}],
  ["http://127.0.0.1:1/", { headers: [["bad header", "x"]] as const }],
  ["http://127.0.0.1:1/", { headers: [["x", "a\r\nb: c"]] as const }],
])("refuses what can't be sent (%s, %j)", async (url, more) => {
  expect(await failure(send(url, more))).toMatchObject({
    code: "http-cannot-send",
    what: expect.stringContaining("can't be sent"),
  });
});

test.each([
  ["CERT_HAS_EXPIRED", "the certificate has expired"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "the certificate is for another name"],
])("says %s plainly", (code, words) => {
  expect(
    plainReason(new TypeError("fetch", { cause: Object.assign(new Error("x"), { code }) })),
  ).toBe(words);
});
