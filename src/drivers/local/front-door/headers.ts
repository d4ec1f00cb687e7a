import type { IncomingMessage } from "node:http";

const FORWARDED = [
  "forwarded",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-port",
  "x-forwarded-proto",
];

/**
 * Drops what a client claims about where it comes from, unless it sits on this machine.
 *
 * A web server here that ends TLS says the truth about its clients; a stranger may say anything.
 */
export function distrustForwarded(request: Pick<IncomingMessage, "headers" | "socket">): void {
  if (isLoopback(request.socket.remoteAddress)) return;
  for (const name of FORWARDED) delete request.headers[name];
}

/** Makes a plain request of one that offers an upgrade that we do not pass on. */
export function stripUpgrade({ headers }: Pick<IncomingMessage, "headers">): void {
  if (headers.upgrade === undefined) return;
  delete headers.upgrade;
  delete headers["http2-settings"];
  delete headers.connection;
}

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(::ffff:)?127\.|^::1$/.test(address);
}
