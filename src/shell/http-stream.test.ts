import { createHash, randomBytes } from "node:crypto";
import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { listenRaw, pem } from "../../test/rig/hostile-servers.ts";
import { Fault } from "../model/failure.ts";
import type { FormPart, Http, HttpRequest } from "../ports/http.ts";
import { openHttp } from "./http.ts";

const sha256 = (content: Uint8Array) => createHash("sha256").update(content).digest("hex");

interface Served {
  readonly url: string;
  readonly server: Server;
  readonly sockets: Set<Socket>;
  connections(): number;
}

async function serve(listener: RequestListener): Promise<Served> {
  const server = createServer(listener);
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on("connection", (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, server, sockets, connections: () => connections };
}

/** Answers with length, digest and type of what it was sent. */
const digests: RequestListener = (request: IncomingMessage, response: ServerResponse) => {
  const hash = createHash("sha256");
  let bytes = 0;
  request.on("data", (chunk: Uint8Array) => {
    hash.update(chunk);
    bytes += chunk.length;
  });
  request.on("end", () => {
    const { "content-length": length, "content-type": type } = request.headers;
    response.end(JSON.stringify({ bytes, sha256: hash.digest("hex"), length, type }));
  });
};

function send(url: string, more: Partial<HttpRequest> = {}, http: Http = openHttp()) {
  return http.send({ method: "GET", url, timeoutMs: 10_000, maxBytes: 10_000, ...more });
}

async function json(answer: ReturnType<typeof send>): Promise<Record<string, unknown>> {
  return JSON.parse(Buffer.from((await answer).body).toString()) as Record<string, unknown>;
}

async function refusal(answer: Promise<unknown>): Promise<string> {
  try {
    return `no refusal: ${JSON.stringify(await answer)}`;
  } catch (error) {
    if (error instanceof Fault) return `${error.failure.code}: ${error.failure.what}`;
    throw error;
  }
}

async function nowhere(): Promise<void> {}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "http-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

test("a file is sent as it is, with its length", async () => {
  const { url } = await serve(digests);
  const file = join(folder(), "a.bin");
  const content = randomBytes(3_000_001);
  writeFileSync(file, content);
  expect(await json(send(url, { method: "PUT", body: { file } }))).toEqual({
    bytes: content.length,
    sha256: sha256(content),
    length: "3000001",
  });
});

test("an empty file is a body of no bytes", async () => {
  const { url } = await serve(digests);
  const file = join(folder(), "empty.bin");
  writeFileSync(file, "");
  expect(await json(send(url, { method: "PUT", body: { file } }))).toMatchObject({
    bytes: 0,
    length: "0",
  });
});

test("a form of parts is read by another implementation as it was meant", async () => {
  const { url } = await serve((request, response) => void answerParts(request, response));
  const file = join(folder(), "up.bin");
  const content = randomBytes(1_000_000);
  writeFileSync(file, content);
  const parts: readonly FormPart[] = [
    { name: "note", content: "first\r\nsecond" },
    { name: "note", content: "é" },
    { name: 'a "name"', content: '{"a":1}', type: "application/json" },
    { name: "up", content: { file }, filename: 'odd "name".bin', type: "application/octet-stream" },
    { name: "raw", content: new Uint8Array([0, 255]), filename: "two" },
  ];
  expect(await json(send(url, { method: "POST", body: { parts } }))).toEqual({
    hasLength: true,
    parts: [
      ["note", "first\r\nsecond"],
      ["note", "é"],
      ['a "name"', '{"a":1}'],
      ["up", 'odd "name".bin', "application/octet-stream", sha256(content)],
      // What a part without a type is: RFC 7578, section 4.4.
      ["raw", "two", "text/plain", sha256(new Uint8Array([0, 255]))],
    ],
  });
});

/** Reads a form as the platform does, which is not our writer. */
async function answerParts(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await buffer(request);
  const type = request.headers["content-type"] ?? "";
  const form = await new Response(new Uint8Array(body), {
    headers: { "content-type": type },
  }).formData();
  const parts = await Promise.all(
    [...form.entries()].map(async ([name, value]) =>
      typeof value === "string"
        ? [name, value]
        : [name, value.name, value.type, sha256(new Uint8Array(await value.arrayBuffer()))],
    ),
  );
  const hasLength = request.headers["content-length"] === String(body.length);
  response.end(JSON.stringify({ hasLength, parts }));
}

test("a file that is missing, a folder, or shorter than it was is said by its name", async () => {
  const { url } = await serve(digests);
  const place = folder();
  const put = (file: string) => send(url, { method: "PUT", body: { file } });
  expect(await refusal(put(join(place, "none")))).toBe(
    `http-cannot-send: ${place}/none can't be sent: it is not there.`,
  );
  expect(await refusal(put(place))).toBe(
    `http-cannot-send: ${place} can't be sent: it is not a file.`,
  );
});

test("a file that becomes shorter while it is sent is said, and its request is no whole one", async () => {
  const file = join(folder(), "shrinking.bin");
  writeFileSync(file, Buffer.alloc(50_000_000));
  const { url } = await serve((request) => {
    truncateSync(file, 300_000);
    request.resume();
  });
  expect(await refusal(send(url, { method: "PUT", body: { file } }))).toMatch(
    /^http-cannot-send: .*shrinking\.bin became shorter while it was sent: \d+ of 50000000 bytes\.$/,
  );
});

test("a file that grows is sent as long as it was", async () => {
  const { url } = await serve(digests);
  const file = join(folder(), "log");
  writeFileSync(file, randomBytes(1_000_000));
  const sending = json(send(url, { method: "PUT", body: { file } }));
  appendFileSync(file, "more");
  expect(await sending).toMatchObject({ length: expect.stringMatching(/^100000[04]$/) });
});

test("an answer that comes before the whole body was sent is an answer", async () => {
  const { url } = await serve((_, response) => void response.writeHead(413).end("too large"));
  const file = join(folder(), "large.bin");
  writeFileSync(file, randomBytes(20_000_000));
  const told = await send(url, { method: "POST", body: { file } }).catch((error: Fault) => error);
  // The server may also hang up before its answer was read; what never happens is a silent success or a wait.
  expect(told instanceof Fault ? told.failure.code : told.status).toSatisfy((value) =>
    [413, "http-unreachable", "http-cut-short"].includes(value as number | string),
  );
});

test("every byte of a body is given on in order, waited for, counted and digested", async () => {
  const content = randomBytes(5_000_000);
  const { url } = await serve((_, response) => void response.end(content));
  const got: Uint8Array[] = [];
  let isBusy = false;
  const answer = await send(url, {
    maxBytes: 10,
    into: async (chunk) => {
      expect(isBusy).toBe(false);
      isBusy = true;
      await new Promise((resolve) => void setImmediate(resolve));
      got.push(Uint8Array.from(chunk));
      isBusy = false;
    },
  });
  expect(Buffer.concat(got).equals(content)).toBe(true);
  expect(answer).toMatchObject({ bytes: 5_000_000, sha256: sha256(content), truncated: true });
  expect(Buffer.from(answer.body).equals(content.subarray(0, 10))).toBe(true);
});

test("of a long body that is given on, memory holds the beginning alone", async () => {
  const content = randomBytes(5_000_000);
  const { url } = await serve((_, response) => void response.end(content));
  const { body } = await send(url, { maxBytes: 3_000_000, into: nowhere });
  expect(Buffer.from(body).equals(content.subarray(0, 1_048_576))).toBe(true);
});

test("a slow receiver holds the server back instead of filling memory", async () => {
  let written = 0;
  const { url } = await serve((_, response) => {
    const chunk = Buffer.alloc(1_000_000);
    const fill = (): void => {
      do written += chunk.length;
      while (response.write(chunk));
    };
    response.on("drain", fill);
    fill();
  });
  const sent = refusal(send(url, { into: () => new Promise(() => undefined), timeoutMs: 400 }));
  expect(await sent).toMatch(/^http-out-of-time/);
  expect(written).toBeLessThan(30_000_000);
});

test("what the receiver throws comes out as it is", async () => {
  const { url } = await serve((_, response) => void response.end("x"));
  const full = new Fault({ code: "disk-full", what: "Full.", fix: "Free some." });
  const into = () => Promise.reject(full);
  await expect(send(url, { into })).rejects.toBe(full);
});

test("a body longer than the most is refused while it comes", async () => {
  const { url } = await serve((_, response) => void response.end("x".repeat(1_001)));
  expect((await send(url, { into: nowhere, mostBytes: 1_001 })).bytes).toBe(1_001);
  expect(await refusal(send(url, { into: nowhere, mostBytes: 1_000 }))).toBe(
    `http-too-long: The answer to GET ${url} is longer than 1000 bytes.`,
  );
});

test("connections are shared by name, and by nobody else", async () => {
  const served = await serve((_, response) => void response.end("ok"));
  const http = openHttp();
  for (const connection of ["a", "a", "b", "a", undefined, undefined])
    await send(served.url, connection === undefined ? {} : { connection }, http);
  expect(served.connections()).toBe(4);
});

test("two at once under one name have a connection each, and both are used again", async () => {
  const served = await serve((_, response) => void setTimeout(() => response.end("ok"), 20));
  const http = openHttp();
  const both = () => Promise.all([1, 2].map(() => send(served.url, { connection: "a" }, http)));
  await both();
  await both();
  expect(served.connections()).toBe(2);
});

test("a body that was not read to its end takes its connection with it", async () => {
  const served = await serve((_, response) => void response.end("x".repeat(1_000_000)));
  const http = openHttp();
  await send(served.url, { connection: "a" }, http);
  await send(served.url, { connection: "a" }, http);
  expect(served.connections()).toBe(2);
});

test("what a server says beyond its answer is never taken for the next answer", async () => {
  await using server = await listenRaw((socket) => {
    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nFALSE");
  });
  const http = openHttp();
  for (const _ of [1, 2, 3]) {
    const { body } = await send(server.url, { connection: "a" }, http);
    expect(Buffer.from(body).toString()).toBe("ok");
  }
});

/** Answers the first request of each connection, and hangs up on the second without a word. */
async function tired() {
  const served = new WeakSet<Socket>();
  const asked: string[] = [];
  const server = await listenRaw((socket, head) => {
    asked.push(head.split(" ")[0] ?? "");
    if (served.has(socket)) return void socket.destroy();
    served.add(socket);
    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return { server, asked };
}

test("a GET on a kept connection that dies is asked again on a fresh one, once", async () => {
  const { server, asked } = await tired();
  const http = openHttp();
  for (const _ of [1, 2, 3])
    expect(await send(server.url, { connection: "a" }, http)).toMatchObject({ status: 200 });
  expect(asked).toEqual(["GET", "GET", "GET", "GET", "GET"]);
});

test("a POST is never asked again", async () => {
  const { server, asked } = await tired();
  const http = openHttp();
  const post = () => send(server.url, { connection: "a", method: "POST", body: "x" }, http);
  await post();
  expect(await refusal(post())).toMatch(/^http-unreachable: .*(closed|reset)/);
  expect(asked).toEqual(["POST", "POST"]);
});

test("a GET on a fresh connection that dies is a failure, and is not asked again", async () => {
  let asked = 0;
  await using server = await listenRaw((socket) => {
    asked += 1;
    socket.destroy();
  });
  expect(await refusal(send(server.url, { connection: "a" }))).toMatch(/^http-unreachable/);
  expect(asked).toBe(1);
});

test("a server that closes its idle connections disturbs nobody", async () => {
  const served = await serve((_, response) => void response.end("ok"));
  const http = openHttp();
  const post = () => send(served.url, { connection: "a", method: "POST", body: "x" }, http);
  await post();
  served.server.closeAllConnections();
  await new Promise((resolve) => void setTimeout(resolve, 20));
  expect(await post()).toMatchObject({ status: 200 });
  expect(served.connections()).toBe(2);
});

test("the server's certificate is in each answer, on a kept connection too", async () => {
  await using server = await listenRaw(
    (socket) => void socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
    { certificate: "good" },
  );
  const http = openHttp();
  const asked = { connection: "a", tls: { ca: pem("ca.pem") } };
  for (const _ of [1, 2])
    expect((await send(server.url, asked, http)).certificate).toEqual({
      subject: "CN=localhost",
      issuer: "CN=Seaworthy test authority",
      names: ["localhost", "127.0.0.1"],
      notBefore: "2020-01-01T00:00:00Z",
      notAfter: "2120-01-01T00:00:00Z",
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  expect(server.connections()).toBe(1);
});

test("trust is not shared with who did not give it", async () => {
  await using server = await listenRaw(
    (socket) => void socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
    { certificate: "good" },
  );
  const http = openHttp();
  await send(server.url, { connection: "a", tls: { ca: pem("ca.pem") } }, http);
  expect(await refusal(send(server.url, { connection: "a" }, http))).toMatch(/^http-tls/);
});
