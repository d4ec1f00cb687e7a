import { once } from "node:events";
import {
  Agent,
  createServer,
  request as ask,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from "node:http";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, expect, test } from "vitest";
import { createDoor } from "./door.ts";
import type { Route } from "./route.ts";

const open: Server[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  }
});

async function listening(server: Server): Promise<number> {
  open.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
  return (server.address() as AddressInfo).port;
}

async function upstream(name: string, answer: RequestListener): Promise<Route> {
  const port = await listening(createServer(answer));
  return { release: { id: `${name}+1`, name }, host: "127.0.0.1", port };
}

interface Switchable {
  route: Route | undefined;
}

async function doorTo(route: Route | undefined) {
  const lead: Switchable = { route };
  const door = createDoor(() => lead.route, 5_000);
  const port = await listening(door.server);
  return { lead, door, port };
}

interface Asked {
  readonly port: number;
  readonly agent?: Agent;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

async function get({
  port,
  agent,
  headers = {},
  body,
}: Asked): Promise<{ response: IncomingMessage; body: string; from: number | undefined }> {
  const outgoing = ask({
    port,
    host: "127.0.0.1",
    method: body === undefined ? "GET" : "POST",
    headers,
    ...(agent && { agent }),
  });
  outgoing.end(body);
  // What breaks before the answer is thrown by the next line; what breaks an upload after it is expected.
  outgoing.on("error", () => undefined);
  const [response] = (await once(outgoing, "response")) as [IncomingMessage];
  const from = response.socket.localPort;
  return { response, from, body: await text(response) };
}

test("says plainly that nothing serves yet", async () => {
  const { port } = await doorTo(undefined);
  const { response, body } = await get({ port });
  expect([response.statusCode, body]).toEqual([503, "No release serves here yet.\n"]);
});

test("names the release on every answer, whatever the application says about it", async () => {
  const route = await upstream("one", (_, response) =>
    response.setHeader("X-Seaworthy-Release", "liar").end("hello"),
  );
  const { port } = await doorTo(route);
  const { response, body } = await get({ port });
  expect([body, response.headers["x-seaworthy-release"]]).toEqual(["hello", "one+1"]);
});

test("says who does not answer, with the release's name", async () => {
  const route = await upstream("one", (request) => request.socket.destroy());
  const { port, door } = await doorTo(route);
  const { response, body } = await get({ port });
  expect([response.statusCode, body]).toEqual([502, "one does not answer.\n"]);
  expect(door.inFlight).toEqual({});
});

test("keeps the client's connection open across a switch", async () => {
  const one = await upstream("one", (_, response) =>
    response.setHeader("connection", "close").end("one"),
  );
  const two = await upstream("two", (_, response) => response.end("two"));
  const { port, lead } = await doorTo(one);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const first = await get({ port, agent });
  lead.route = two;
  const second = await get({ port, agent });
  expect([first.body, second.body, second.from]).toEqual(["one", "two", first.from]);
  agent.destroy();
});

test("lets a request end where it began, and counts it until then", async () => {
  const release = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const one = await upstream("one", (_, response) => {
    response.write("begun at one, ");
    arrived.resolve();
    void release.promise.then(() => response.end("ended at one"));
  });
  const two = await upstream("two", (_, response) => response.end("two"));
  const { port, lead, door } = await doorTo(one);
  const slow = get({ port });
  await arrived.promise;
  lead.route = two;
  expect((await get({ port })).body).toBe("two");
  expect(door.inFlight).toEqual({ [`127.0.0.1:${one.port}`]: 1 });
  release.resolve();
  expect((await slow).body).toBe("begun at one, ended at one");
  expect(door.inFlight).toEqual({});
});

test("streams bodies both ways without waiting for their end", async () => {
  const route = await upstream("one", (request, response) => request.pipe(response));
  const { port } = await doorTo(route);
  const outgoing = ask({ port, host: "127.0.0.1", method: "POST" });
  outgoing.write("first");
  const [response] = (await once(outgoing, "response")) as [IncomingMessage];
  expect(String((await once(response, "data"))[0])).toBe("first");
  outgoing.end("last");
  expect(await text(response)).toBe("last");
});

test("tells the application where the request came from and whom it was for", async () => {
  const route = await upstream("one", (request, response) =>
    response.end(JSON.stringify(request.headers)),
  );
  const { port } = await doorTo(route);
  const { body } = await get({
    port,
    headers: { host: "shop.example", "x-forwarded-proto": "https" },
  });
  expect(JSON.parse(body)).toMatchObject({
    host: "shop.example",
    "x-forwarded-for": "127.0.0.1",
    "x-forwarded-host": "shop.example",
    "x-forwarded-proto": "https",
  });
});

test("answers a client that offers HTTP/2 as if it had not", async () => {
  const route = await upstream("one", (request, response) =>
    response.end(JSON.stringify(request.headers)),
  );
  const { port } = await doorTo(route);
  const headers = {
    connection: "Upgrade, HTTP2-Settings",
    upgrade: "h2c",
    "http2-settings": "AAMAAABkAAQAAP__",
  };
  const { response, body } = await get({ port, headers });
  expect(response.statusCode).toBe(200);
  expect(Object.keys(JSON.parse(body))).not.toContain("upgrade");
});

test("joins WebSockets with the application and leaves them there when it switches", async () => {
  const app = createServer();
  app.on("upgrade", (_, socket) => {
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
    );
    socket.on("data", (data) => socket.write(`one heard ${String(data)}`));
    socket.on("end", () => socket.end());
  });
  const one: Route = {
    release: { id: "one+1", name: "one" },
    host: "127.0.0.1",
    port: await listening(app),
  };
  const { port, lead, door } = await doorTo(one);
  const socket = connect(port, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
  expect(String((await once(socket, "data"))[0])).toMatch(
    /^HTTP\/1\.1 101 [^]*x-seaworthy-release: one\+1/,
  );
  lead.route = undefined;
  socket.write("hello");
  expect(String((await once(socket, "data"))[0])).toBe("one heard hello");
  expect(Object.values(door.inFlight)).toEqual([1]);
  socket.end();
  await once(socket, "close");
  expect(door.inFlight).toEqual({});
});

test("hands on an answer that comes before the upload was read", async () => {
  const route = await upstream("one", (_, response) => response.writeHead(413).end("too big"));
  const { port, door } = await doorTo(route);
  const { response, body } = await get({ port, body: "x".repeat(5_000_000) });
  expect([response.statusCode, body]).toEqual([413, "too big"]);
  expect(door.inFlight).toEqual({});
});

test("uses no connection to the application twice", async () => {
  const ports: (number | undefined)[] = [];
  const route = await upstream("one", (request, response) => {
    ports.push(request.socket.remotePort);
    response.end();
  });
  const { port } = await doorTo(route);
  await get({ port });
  await get({ port });
  expect(new Set(ports).size).toBe(2);
});

test("ends the request to the application when the client leaves", async () => {
  const left = Promise.withResolvers<void>();
  const route = await upstream("one", (_, response) => {
    response.once("close", left.resolve);
    response.write("for ever");
  });
  const { port, door } = await doorTo(route);
  const outgoing = ask({ port, host: "127.0.0.1" }).end();
  await once(outgoing, "response");
  outgoing.destroy();
  await left.promise;
  expect(door.inFlight).toEqual({});
});

test("an answer that breaks off breaks off for the client too", async () => {
  const route = await upstream("one", (_, response) => {
    response.writeHead(200, { "content-length": "100" });
    response.write("half", () => response.destroy());
  });
  const { port } = await doorTo(route);
  await expect(get({ port })).rejects.toThrow("aborted");
});

test("survives a client that offers a WebSocket and resets the connection", async () => {
  const { port, lead } = await doorTo(undefined);
  const gone: Promise<unknown>[] = [];
  for (const route of [undefined, await upstream("one", (request) => request.socket.destroy())]) {
    lead.route = route;
    const socket = connect(port, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
    socket.on("error", () => undefined);
    gone.push(once(socket, "close"));
    setImmediate(() => socket.resetAndDestroy());
  }
  await Promise.all(gone);
  lead.route = undefined;
  expect((await get({ port })).response.statusCode).toBe(503);
});
