import type { IncomingMessage } from "node:http";
import { Refusal } from "./refusal.ts";

const MAX_BODY_BYTES = 64 * 1024;

/** One request, as the handlers see it. */
export interface Call {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  /** What stands behind the question mark. */
  readonly query: URLSearchParams;
  /** A part of the path, by the name that the route gives it. */
  param(name: string): string;
  header(name: string): string | undefined;
  cookie(name: string): string | undefined;
  /** The body; anything but a JSON object is refused. */
  json(): Promise<Readonly<Record<string, unknown>>>;
}

/** Wraps a request that met a route. */
export function createCall(
  request: IncomingMessage,
  known: {
    readonly id: string;
    readonly path: string;
    /** What stands behind the question mark. */
    readonly query: URLSearchParams;
    readonly params: Readonly<Record<string, string>>;
  },
): Call {
  const header = (name: string): string | undefined => {
    const value = request.headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  const cookies = readCookies(header("cookie") ?? "");
  return {
    id: known.id,
    method: request.method ?? "GET",
    path: known.path,
    query: known.query,
    param: (name) => {
      const value = known.params[name];
      if (value === undefined) throw new Error(`The route has no part ":${name}".`);
      return value;
    },
    header,
    cookie: (name) => cookies.get(name),
    json: () => readJson(request, header("content-type") ?? ""),
  };
}

function readCookies(header: string): ReadonlyMap<string, string> {
  const pairs = header.split(";").map((pair) => pair.trim());
  return new Map(
    pairs
      .filter((pair) => pair.includes("="))
      .map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
  );
}

// Other content types can be sent by a form of another site without asking us first.
async function readJson(
  request: IncomingMessage,
  type: string,
): Promise<Readonly<Record<string, unknown>>> {
  if (!/^application\/json\s*(;|$)/i.test(type))
    throw new Refusal(415, "not-json", { message: "Send the body as application/json." });
  const text = await readText(request);
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) return value;
  } catch {
    // Said below, together with JSON that is no object.
  }
  throw new Refusal(400, "not-json", { message: "The body is not a JSON object." });
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const buffer = Buffer.from(chunk);
    bytes += buffer.length;
    if (bytes > MAX_BODY_BYTES)
      throw new Refusal(413, "body-too-long", {
        message: `The body is longer than ${MAX_BODY_BYTES} bytes.`,
      });
    chunks.push(buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
