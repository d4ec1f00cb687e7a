import type { IncomingMessage } from "node:http";
import { Refusal } from "./refusal.ts";

const MAX_JSON_BYTES = 16 * 1024;

/** One request, as the handlers see it. */
export interface Call {
  readonly id: string;
  readonly method: string;
  /** Where it comes from. */
  readonly address: string;
  /** The body as it arrives. */
  readonly body: AsyncIterable<Uint8Array>;
  /** A part of the path, by the name that the route gives it. */
  param(name: string): string;
  header(name: string): string | undefined;
  /** The body; anything but a JSON object is refused. */
  json(): Promise<Readonly<Record<string, unknown>>>;
}

/** Wraps a request that met a route. */
export function createCall(
  request: IncomingMessage,
  known: { readonly id: string; readonly params: Readonly<Record<string, string>> },
): Call {
  const header = (name: string): string | undefined => {
    const value = request.headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  return {
    id: known.id,
    method: request.method ?? "GET",
    address: addressOf(request.socket.remoteAddress ?? "", header("x-forwarded-for")),
    body: request,
    param: (name) => {
      const value = known.params[name];
      if (value === undefined) throw new Error(`The route has no part ":${name}".`);
      return value;
    },
    header,
    json: () => readJson(request),
  };
}

// What a front door on this machine says is believed, and nobody else: the header is easily written.
function addressOf(socket: string, forwarded: string | undefined): string {
  const near = socket.replace(/^::ffff:/, "");
  const isDoor = near === "127.0.0.1" || near === "::1";
  const named = forwarded?.split(",").at(-1)?.trim();
  return isDoor && named !== undefined && /^[\d.:a-fA-F]{2,45}$/.test(named) ? named : near;
}

async function readJson(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const buffer = Buffer.from(chunk);
    bytes += buffer.length;
    if (bytes > MAX_JSON_BYTES) throw new Refusal(413, "Body too long");
    chunks.push(buffer);
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    if (isRecord(value)) return value;
  } catch {
    // Said below, together with JSON that is no object.
  }
  throw new Refusal(400, "Body is not a JSON object");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
