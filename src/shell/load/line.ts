import { lookup } from "node:dns/promises";
import { connect as connectPlain, isIP, type Socket } from "node:net";
import { connect as connectSafe, type ConnectionOptions } from "node:tls";
import { Fault } from "../../model/failure.ts";
import type { LoadPlan, LoadRequest } from "../../ports/load.ts";

/** A request as bytes. */
export interface Wire {
  readonly method: string;
  readonly bytes: Buffer;
  /** A second sending changes nothing. https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2 */
  readonly isIdempotent: boolean;
}

/** The way to the server, its name looked up once: what is measured is the server, not the name service. */
export interface Line {
  readonly wires: readonly Wire[];
  connect(): Socket;
}

const IDEMPOTENT = new Set(["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"]);

export async function openLine(plan: LoadPlan): Promise<Line> {
  const url = new URL(plan.requests[0].url);
  const wires = plan.requests.map((request) => wireOf(request, url, plan.keepAlive));
  const name = url.hostname.replace(/^\[|\]$/g, "");
  const host = await addressOf(name);
  const isSafe = url.protocol === "https:";
  const port = url.port === "" ? (isSafe ? 443 : 80) : Number(url.port);
  const safe = isSafe ? safety(plan, name) : undefined;
  return {
    wires,
    connect: () =>
      safe === undefined
        ? connectPlain({ host, port, noDelay: true })
        : connectSafe({ ...safe, host, port }).setNoDelay(true),
  };
}

async function addressOf(name: string): Promise<string> {
  try {
    return (await lookup(name)).address;
  } catch (error) {
    throw new Fault(
      {
        code: "load-unreachable",
        what: `${name} has no address.`,
        fix: "Correct the host's name, or see that its name service answers.",
      },
      { cause: error },
    );
  }
}

function safety({ tls = {} }: LoadPlan, name: string): ConnectionOptions {
  const servername = tls.serverName ?? name;
  return {
    ALPNProtocols: ["http/1.1"],
    ...(isIP(servername) === 0 ? { servername } : {}),
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.certificate === undefined ? {} : { cert: tls.certificate }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
  };
}

function wireOf(request: LoadRequest, origin: URL, keepAlive: boolean): Wire {
  const { method, headers, body } = request;
  const url = new URL(request.url);
  if (url.origin !== origin.origin)
    throw cannotAsk(`${url.origin} and ${origin.origin} are asked in one load.`);
  const given = new Set(headers.map(([name]) => name.toLowerCase()));
  for (const own of ["content-length", "transfer-encoding", "connection"])
    if (given.has(own)) throw cannotAsk(`The header ${own} is set by the load itself.`);
  const content = Buffer.from(body ?? "");
  const needsLength = body !== undefined || ["POST", "PUT", "PATCH"].includes(method);
  const lines = [
    `${method} ${url.pathname}${url.search} HTTP/1.1`,
    ...(given.has("host") ? [] : [`host: ${url.host}`]),
    ...headers.map(([name, value]) => `${name}: ${value}`),
    `connection: ${keepAlive ? "keep-alive" : "close"}`,
    ...(needsLength ? [`content-length: ${content.length}`] : []),
  ];
  const control = /[\0\r\n]/;
  if (!/^[A-Z-]+$/i.test(method) || lines.some((line) => control.test(line)))
    throw cannotAsk("A header holds a control character.");
  const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  return {
    method,
    bytes: Buffer.concat([head, content]),
    isIdempotent: IDEMPOTENT.has(method),
  };
}

function cannotAsk(what: string): Fault {
  return new Fault({ code: "load-cannot-ask", what, fix: "Change what the load step asks for." });
}
