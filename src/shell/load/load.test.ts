import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { createServer as createSafe } from "node:https";
import { createServer as createTcp, type AddressInfo, type Socket } from "node:net";
import { expect, test } from "vitest";
import type { LoadPlan } from "../../ports/load.ts";
import { generate } from "./generate.ts";
import { openLoad } from "./index.ts";

const never = () => undefined;

/** A web server on a free port, and a way to be rid of it. */
async function web(listener: RequestListener) {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    server,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** A server that speaks whatever it likes. */
async function raw(serve: (socket: Socket, nth: number) => void) {
  const sockets = new Set<Socket>();
  let nth = 0;
  const server = createTcp((socket) => {
    sockets.add(socket.on("error", never));
    serve(socket, nth++);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function plan(
  url: string,
  given: Partial<LoadPlan> & { readonly requestsInAll?: number } = {},
): LoadPlan {
  const { requestsInAll = 40, ...rest } = given;
  return {
    requests: [{ method: "GET", url, headers: [] }],
    model: { kind: "closed", concurrency: 4, requests: requestsInAll },
    warmUp: {},
    timeoutMs: 5_000,
    keepAlive: true,
    good: [{ from: 200, to: 299 }],
    hash: false,
    ...rest,
  };
}

const send = (given: LoadPlan, signal = new AbortController().signal) =>
  generate(given, { signal, pulse: never });

test("sends as many as asked, as many at a time, and measures each", async () => {
  let now = 0;
  let most = 0;
  await using site = await web((_, response) => {
    most = Math.max(most, ++now);
    setTimeout(() => {
      now--;
      response.end("hello");
    }, 5);
  });
  const result = await send(plan(site.url));
  expect(result).toMatchObject({
    requests: 40,
    good: 40,
    bytes: 200,
    warmUp: 0,
    statuses: { 200: 40 },
    errors: {},
    connections: { opened: 4, resent: 0, stray: 0 },
    generator: { mostInFlight: 4, failures: 0 },
  });
  expect(most).toBe(4);
  expect(Math.min(...result.rows.responseMs)).toBeGreaterThan(4);
  expect(result.rows.responseMs).toEqual(result.rows.serviceMs);
  expect(result.response.reduce((sum, count) => sum + count, 0)).toBe(40);
});

test("leaves the warm-up out of what is measured", async () => {
  let asked = 0;
  await using site = await web((_, response) => {
    const isCold = ++asked <= 6;
    setTimeout(() => response.end(), isCold ? 60 : 0);
  });
  const result = await send(plan(site.url, { warmUp: { requests: 6 }, requestsInAll: 20 }));
  expect([asked, result.warmUp, result.requests]).toEqual([26, 6, 20]);
  expect(result.rows.responseMs.filter((ms) => ms > 50)).toHaveLength(0);
});

test("an open load starts when it is meant to, and charges a stall to the server", async () => {
  let stall = Promise.resolve();
  await using site = await web((request, response) => void stall.then(() => response.end()));
  const model = { kind: "open", ratePerSecond: 400, durationMs: 600, mostInFlight: 500 } as const;
  setTimeout(() => {
    stall = new Promise((resolve) => setTimeout(resolve, 200));
  }, 200);
  const result = await send(plan(site.url, { model }));
  expect(result.requests).toBe(240);
  // Of those that were due in the 200 ms, half waited longer than 100 ms.
  const slow = result.rows.responseMs.filter((ms) => ms > 100).length;
  expect(slow).toBeGreaterThan(30);
  // A busy machine makes some more of them slow, never all.
  expect(slow).toBeLessThan(180);
  expect(result.generator.heldBack).toBe(0);
});

test("what is held back is measured from when it was due", async () => {
  await using site = await web((_, response) => void setTimeout(() => response.end(), 20));
  const model = { kind: "open", ratePerSecond: 200, durationMs: 500, mostInFlight: 1 } as const;
  const result = await send(plan(site.url, { model }));
  expect(result.requests).toBe(100);
  expect(result.generator.heldBack).toBeGreaterThan(80);
  expect(result.generator.mostInFlight).toBe(1);
  // 100 answers of 20 ms one after the other, meant to take 500 ms.
  expect(Math.max(...result.rows.responseMs)).toBeGreaterThan(1_400);
  expect(Math.max(...result.rows.serviceMs)).toBeLessThan(500);
  expect(result.generator.startedPerSecond).toBeLessThan(60);
});

test("what is never sent is an error, not a smaller load", async () => {
  await using site = await web(() => undefined);
  const model = { kind: "open", ratePerSecond: 100, durationMs: 200, mostInFlight: 2 } as const;
  const result = await send(plan(site.url, { model, timeoutMs: 100 }));
  expect([result.requests, result.good]).toEqual([20, 0]);
  expect(Object.values(result.errors).reduce((sum, count) => sum + count, 0)).toBe(20);
  expect(result.errors["never sent: all connections were busy"]).toBeGreaterThan(10);
});

test("a port without a server is nothing but errors", async () => {
  const { url, ...site } = await web(never);
  await site[Symbol.asyncDispose]();
  const result = await send(plan(url));
  expect(result).toMatchObject({
    requests: 40,
    good: 0,
    errors: { "connection refused": 40 },
    statuses: {},
  });
  expect(result.rows.responseMs).toHaveLength(40);
  expect(result.rows.isGood.every((good) => good === 0)).toBe(true);
});

const HEAD = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n";

test.each<[string, string, Record<string, number>]>([
  ["closes without an answer", "", { "connection closed without an answer": 8 }],
  ["closes in the middle of a body", `${HEAD}12345`, { "answer cut off": 8 }],
  ["closes in the middle of a head", "HTTP/1.1 20", { "answer cut off": 8 }],
  ["speaks another protocol", "+PONG\r\n\r\n", { "malformed answer: no HTTP/1 status line": 8 }],
])("a server that %s is counted as errors", async (_, text, errors) => {
  await using site = await raw((socket) => socket.once("data", () => socket.end(text)));
  expect(await send(plan(site.url, { requestsInAll: 8 }))).toMatchObject({
    requests: 8,
    good: 0,
    errors,
  });
});

test("a server that says nothing, and one that trickles, end with the timeout", async () => {
  await using silent = await raw(never);
  await using slow = await raw((socket) => {
    const drip = setInterval(() => socket.write("x"), 10);
    socket.once("close", () => clearInterval(drip));
    socket.write(HEAD.replace("10", "100000"));
  });
  for (const { url } of [silent, slow])
    expect(await send(plan(url, { requestsInAll: 4, timeoutMs: 120 }))).toMatchObject({
      errors: { "no complete answer within 120 ms": 4 },
    });
});

test("asks again when a kept connection is closed just then, as every client does", async () => {
  await using site = await raw((socket) => {
    let asked = 0;
    socket.on("data", () => (++asked === 1 ? socket.write(`${HEAD}0123456789`) : socket.destroy()));
  });
  const get = await send(plan(site.url, { requestsInAll: 12 }));
  expect(get).toMatchObject({ good: 12, errors: {}, connections: { opened: 12, resent: 8 } });
  const requests = [{ method: "POST", url: site.url, headers: [], body: "once" }] as const;
  const post = await send(plan(site.url, { requests, requestsInAll: 12 }));
  expect(post.connections.resent).toBe(0);
  expect(post.good).toBeLessThan(12);
});

test("keeps connections only where both sides do", async () => {
  await using closing = await web((_, response) =>
    response.setHeader("connection", "close").end("x"),
  );
  await using keeping = await web((_, response) => response.end("x"));
  expect((await send(plan(closing.url))).connections.opened).toBe(40);
  expect((await send(plan(keeping.url, { keepAlive: false }))).connections.opened).toBe(40);
  expect((await send(plan(keeping.url))).connections.opened).toBe(4);
});

test("reads HTTP/1.0, chunks, and errors of the server", async () => {
  await using old = await raw((socket) =>
    socket.once("data", () => socket.end("HTTP/1.0 200 OK\r\n\r\nold")),
  );
  expect(await send(plan(old.url))).toMatchObject({ good: 40, bytes: 120 });
  let nth = 0;
  await using site = await web((_, response) => {
    response.statusCode = nth++ % 4 === 0 ? 503 : 200;
    response.write("a");
    response.end("b");
  });
  expect(await send(plan(site.url))).toMatchObject({
    requests: 40,
    good: 30,
    bytes: 60,
    statuses: { 200: 30, 503: 10 },
    errors: {},
  });
});

const BODY = Buffer.alloc(300_000, "0123456789abcdef");
const DIGEST = createHash("sha256").update(BODY).digest("hex");

test.each<[string, LoadPlan["body"], string | undefined]>([
  ["its sha256", { sha256: DIGEST }, undefined],
  ["another sha256", { sha256: "0".repeat(64) }, "body with another sha256"],
  ["its size", { bytes: BODY.length }, undefined],
  ["another size", { bytes: 5 }, "body of another size"],
  ["a text in it", { contains: "def0123" }, undefined],
  ["a text that is not in it", { contains: "xyz" }, "body without the text that it must contain"],
])("a body is judged by %s", async (_, body, fault) => {
  await using site = await web((__, response) => response.end(BODY));
  const result = await send(
    plan(site.url, { ...(body && { body }), hash: true, requestsInAll: 6 }),
  );
  expect(result.good).toBe(fault === undefined ? 6 : 0);
  expect(result.errors).toEqual(fault === undefined ? {} : { [fault]: 6 });
  expect(result.hashes).toEqual(fault === undefined ? { [DIGEST]: 6 } : {});
  expect(result.rows.bytes[0]).toBe(BODY.length);
});

test("sends method, headers and body as they are", async () => {
  const seen: unknown[] = [];
  await using site = await web((request, response) => {
    let body = "";
    request
      .on("data", (chunk) => (body += chunk))
      .on("end", () => {
        seen.push([
          request.method,
          request.url,
          request.headers["x-a"],
          request.headers["content-length"],
          body,
        ]);
        response.end();
      });
  });
  const requests = [
    { method: "POST", url: `${site.url}a?b=1`, headers: [["x-a", "ü"]], body: "grüße" },
    { method: "GET", url: `${site.url}c`, headers: [] },
  ] as const;
  const model = { kind: "closed", concurrency: 1, requests: 2 } as const;
  await send(plan(site.url, { requests, model }));
  expect(seen).toEqual([
    ["POST", "/a?b=1", "ü", "7", "grüße"],
    ["GET", "/c", undefined, undefined, ""],
  ]);
});

test.each([
  ["a header that would break out", [["x", "a\r\nb: c"]]],
  ["a length of its own", [["Content-Length", "3"]]],
])("refuses %s", async (_, headers) => {
  const requests = [
    { method: "GET", url: "http://127.0.0.1:9/", headers: headers as [string, string][] },
  ] as const;
  await expect(send(plan("", { requests }))).rejects.toMatchObject({
    failure: { code: "load-cannot-ask" },
  });
});

test("a cancelled load ends at once, with what was measured until then", async () => {
  await using site = await web((_, response) => void setTimeout(() => response.end(), 5));
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 100);
  const model = { kind: "closed", concurrency: 4, durationMs: 60_000 } as const;
  const result = await send(plan(site.url, { model }), stop.signal);
  expect(result.stopped).toBe("it was cancelled");
  expect(result.durationMs).toBeLessThan(2_000);
  expect(result.good).toBeGreaterThan(0);
});

test("in a thread of its own: tells each second, and gives up when told so", async () => {
  await using site = await web((_, response) => void setTimeout(() => response.end(), 5));
  const model = { kind: "closed", concurrency: 2, durationMs: 60_000 } as const;
  const pulses: number[] = [];
  const result = await openLoad().run(plan(site.url, { model }), {
    signal: new AbortController().signal,
    pulse: ({ requests, p50Ms }) => {
      pulses.push(requests, p50Ms ?? 0);
      return "enough";
    },
  });
  expect(result.stopped).toBe("enough");
  expect(result.rows.responseMs).toHaveLength(result.requests);
  expect(pulses[0]).toBeGreaterThan(20);
  expect(pulses[1]).toBeGreaterThan(4);
});

test("a host without an address is a fault, in a thread, too", async () => {
  const asked = plan("http://nowhere.invalid/");
  const watch = { signal: new AbortController().signal, pulse: never };
  await expect(openLoad().run(asked, watch)).rejects.toMatchObject({
    failure: { code: "load-unreachable" },
  });
});

test("says when it could not keep up itself", async () => {
  await using site = await web((_, response) => response.end());
  const model = { kind: "open", ratePerSecond: 200, durationMs: 500, mostInFlight: 200 } as const;
  setTimeout(() => {
    const until = performance.now() + 200;
    while (performance.now() < until);
  }, 150);
  const { generator } = await send(plan(site.url, { model }));
  expect(generator.startedLate).toBeGreaterThan(20);
  expect(generator.lateMs).toBeGreaterThan(50);
});

const pem = (name: string) =>
  readFileSync(new URL(`../../../test/rig/certificates/${name}`, import.meta.url), "utf8");

test.each<[string, string, LoadPlan["tls"], number, Record<string, number>]>([
  ["of a known authority", "good", { ca: pem("ca.pem") }, 6, {}],
  ["of nobody known", "alone", undefined, 0, { "TLS: self-signed certificate": 6 }],
  ["that has expired", "expired", { ca: pem("ca.pem") }, 0, { "TLS: certificate expired": 6 }],
  [
    "for another name",
    "good",
    { ca: pem("ca.pem"), serverName: "other.test" },
    0,
    { "TLS: certificate for another name": 6 },
  ],
])("over TLS, a certificate %s", async (_, name, tls, good, errors) => {
  const given = { key: pem(`${name}.key`), cert: pem(`${name}.pem`) };
  const server = createSafe(given, (__, response) => response.end("x".repeat(100_000)));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const url = `https://localhost:${(server.address() as AddressInfo).port}/`;
  const result = await send(plan(url, { requestsInAll: 6, ...(tls && { tls }) }));
  server.close();
  server.closeAllConnections();
  await once(server, "close");
  expect([result.good, result.bytes, result.errors]).toEqual([good, good * 100_000, errors]);
});

test("keeps how the first bad answer begins, and of no good one", async () => {
  let nth = 0;
  await using site = await web((_, response) => {
    response.statusCode = ++nth === 3 ? 404 : 200;
    response.end(nth === 3 ? `{"error":"no such file"}${"x".repeat(9_000)}` : "fine");
  });
  const model = { kind: "closed", concurrency: 1, requests: 6 } as const;
  const { badBody = new Uint8Array() } = await send(plan(site.url, { model }));
  expect(Buffer.from(badBody).toString()).toMatch(/^\{"error":"no such file"\}x+$/);
  expect(badBody.length).toBe(4_096);
  await using well = await web((_, response) => void response.end("fine"));
  expect(await send(plan(well.url, { model }))).not.toHaveProperty("badBody");
});

test("an open load ends when the last that was due has had its time", async () => {
  await using site = await raw(() => undefined);
  const model = { kind: "open", ratePerSecond: 200, durationMs: 200, mostInFlight: 5 } as const;
  const began = performance.now();
  const result = await send(plan(site.url, { model, timeoutMs: 400 }));
  expect(result).toMatchObject({ requests: 40, good: 0 });
  expect(performance.now() - began).toBeLessThan(750);
});
