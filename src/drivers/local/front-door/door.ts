import {
  Agent,
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createProxyServer } from "httpxy";
import { distrustForwarded, stripUpgrade } from "./headers.ts";
import { type Route, upstream } from "./route.ts";

const RELEASE_HEADER = "x-seaworthy-release";

export interface Door {
  readonly server: Server;
  readonly inFlight: Readonly<Record<string, number>>;
}

/**
 * Leads each request to wherever the route points at the moment when it comes; what is under way stays where it is.
 *
 * Each request gets a connection of its own to the upstream: one from a pool may be closed by the other side just as it is
 * used, and such a request could not be repeated.
 */
export function createDoor(routeNow: () => Route | undefined, idleMs: number): Door {
  const inFlight: Record<string, number> = {};
  const proxy = createProxy(idleMs);
  const count = (route: Route, end: (listener: () => void) => unknown) => {
    const place = upstream(route);
    inFlight[place] = (inFlight[place] ?? 0) + 1;
    end(() => {
      const left = (inFlight[place] ?? 1) - 1;
      if (left > 0) inFlight[place] = left;
      else delete inFlight[place];
    });
  };
  // Other upgrades (h2c, which some clients offer on every first request) are plain requests to us.
  const server = createServer({
    shouldUpgradeCallback: wantsWebSocket,
    requestTimeout: 0,
    keepAliveTimeout: 75_000,
  });
  server.timeout = idleMs;
  server.on("request", (request, response) => {
    const route = routeNow();
    if (route === undefined) {
      refuse(response, 503, "No release serves here yet.");
      return;
    }
    count(route, (ended) => response.once("close", ended));
    pass(proxy, route, { request, response });
  });
  server.on("upgrade", (request, socket, head) => {
    // Nobody else listens for it, and one broken connection must not end the front door.
    socket.on("error", () => socket.destroy());
    const route = routeNow();
    if (route === undefined) {
      socket.end("HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n\r\n");
      return;
    }
    count(route, (ended) => socket.once("close", ended));
    passUpgrade(proxy, route, { request, socket, head });
  });
  return { server, inFlight };
}

type Proxy = ReturnType<typeof createProxyServer>;

function createProxy(idleMs: number): Proxy {
  const proxy = createProxyServer({
    agent: freshConnections(),
    xfwd: true,
    proxyTimeout: idleMs,
    ws: true,
  });
  proxy.on("proxyRes", (answer) => {
    // Said about the connection between us and the upstream, and no business of the client's, whose own stays open.
    delete answer.headers.connection;
    delete answer.headers["keep-alive"];
    delete answer.headers[RELEASE_HEADER];
  });
  proxy.on("proxyReqWs", (outgoing, incoming) => {
    outgoing.prependListener("upgrade", (answer) => {
      answer.headers[RELEASE_HEADER] = String(incoming.headers[RELEASE_HEADER]);
    });
  });
  return proxy;
}

/**
 * A new connection for each request, and yet announced as one to be kept: told to close, a server that answers before it has
 * read a whole upload resets the connection, and with it goes the answer.
 */
function freshConnections(): Agent {
  const agent = new Agent({ keepAlive: true });
  agent.keepSocketAlive = () => false;
  return agent;
}

function pass(
  proxy: Proxy,
  route: Route,
  { request, response }: { request: IncomingMessage; response: ServerResponse },
): void {
  distrustForwarded(request);
  stripUpgrade(request);
  response.setHeader(RELEASE_HEADER, headerValue(route));
  const options = { target: `http://${upstream(route)}`, headers: { connection: "keep-alive" } };
  proxy.web(request, response, options).catch(() => {
    if (response.headersSent) response.destroy();
    else refuse(response, 502, `${route.release.name} does not answer.`);
  });
}

function passUpgrade(
  proxy: Proxy,
  route: Route,
  { request, socket, head }: { request: IncomingMessage; socket: Duplex; head: Buffer },
): void {
  distrustForwarded(request);
  request.headers[RELEASE_HEADER] = headerValue(route);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an HTTP server's duplex is a Socket
  const client = socket as Socket;
  proxy
    .ws(request, client, { target: `http://${upstream(route)}` }, head)
    .catch(() => client.destroy());
}

function refuse(response: ServerResponse, status: number, sentence: string): void {
  response.writeHead(status, {
    "content-type": "text/plain; charset=utf-8",
    connection: "close",
    "retry-after": "1",
  });
  response.end(`${sentence}\n`);
}

function wantsWebSocket(request: IncomingMessage): boolean {
  return request.headers.upgrade?.toLowerCase() === "websocket";
}

function headerValue({ release }: Route): string {
  return release.id.replace(/[^\x20-\x7e]/g, "?");
}
