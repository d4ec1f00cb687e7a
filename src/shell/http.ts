import { createHash } from "node:crypto";
import { Agent, request as ask } from "undici";
import { Fault } from "../model/failure.ts";
import type { Http, HttpRequest, HttpResponse } from "../ports/http.ts";
import { isTimeout, plainReason } from "./http-reason.ts";

// A server that sends its headers for ever is as bad as one that never sends them.
const MAX_HEADER_BYTES = 64 * 1024;

/** Opens the way to ask over HTTP. Each request has a connection of its own, so none meets another's leftovers. */
export function openHttp(): Http {
  const agent = new Agent({ pipelining: 0, connections: null, maxHeaderSize: MAX_HEADER_BYTES });
  return { send: (request) => send(request, agent) };
}

async function send(request: HttpRequest, agent: Agent): Promise<HttpResponse> {
  const began = performance.now();
  const timeout = AbortSignal.timeout(request.timeoutMs);
  const signal =
    request.signal === undefined ? timeout : AbortSignal.any([request.signal, timeout]);
  try {
    signal.throwIfAborted();
    const answer = await ask(request.url, options(request, { agent, signal }));
    const firstByteMs = performance.now() - began;
    const { body, truncated } = await readBody(answer.body, request.maxBytes);
    const headers = rawPairs(answer.headers);
    return {
      status: answer.statusCode,
      headers,
      body,
      truncated,
      durationMs: performance.now() - began,
      firstByteMs,
      bytes: body.length,
      sha256: createHash("sha256").update(body).digest("hex"),
    };
  } catch (error) {
    throw asFault(error, request, timeout.aborted && request.signal?.aborted !== true);
  }
}

function options(
  { method, headers = [], body, timeoutMs }: HttpRequest,
  { agent, signal }: { agent: Agent; signal: AbortSignal },
) {
  return {
    method,
    headers: headers.flat(),
    body: typeof body === "string" || body instanceof Uint8Array ? body : null,
    dispatcher: agent,
    signal,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    responseHeaders: "raw" as const,
  };
}

async function readBody(stream: AsyncIterable<Uint8Array>, maxBytes: number) {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    chunks.push(chunk.subarray(0, maxBytes - length));
    length += chunk.length;
    if (length > maxBytes) break;
  }
  return { body: new Uint8Array(Buffer.concat(chunks)), truncated: length > maxBytes };
}

/** undici hands raw headers over as one flat list, which its types do not say. */
function rawPairs(raw: unknown): (readonly [string, string])[] {
  const flat = Array.isArray(raw)
    ? raw.map((part) => (Buffer.isBuffer(part) ? part.toString("latin1") : String(part)))
    : [];
  return Array.from(
    { length: flat.length / 2 },
    (_, i) => [flat[2 * i]!, flat[2 * i + 1]!] as const,
  );
}

function asFault(
  error: unknown,
  { method, url, timeoutMs, signal }: HttpRequest,
  late: boolean,
): Fault {
  const { origin } = URL.canParse(url) ? new URL(url) : { origin: url };
  if (signal?.aborted === true)
    return new Fault({
      code: "http-cancelled",
      what: `${method} ${origin} was cancelled before its answer was complete.`,
      fix: "Ask again when it is wanted.",
    });
  if (late || isTimeout(error))
    return new Fault({
      code: "http-out-of-time",
      what: `${origin} did not answer ${method} completely within ${timeoutMs} ms.`,
      fix: "See whether the service is overloaded or stuck, or allow it more time.",
    });
  return new Fault(
    {
      code: "http-unreachable",
      what: `${method} ${origin} got no answer: ${plainReason(error)}.`,
      fix: "See that the service runs and that its address is right and reachable from here.",
    },
    { cause: error },
  );
}
