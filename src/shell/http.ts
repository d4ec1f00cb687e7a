import type { Dispatcher } from "undici";
import { Fault } from "../model/failure.ts";
import type { Http, HttpRequest, HttpResponse } from "../ports/http.ts";
import { sendable } from "./http-body.ts";
import type { Sendable } from "./http-body.ts";
import type { Connection } from "./http-connect.ts";
import { httpFault, neverAnswered } from "./http-fault.ts";
import type { Progress } from "./http-fault.ts";
import { codeOf } from "./http-reason.ts";
import { isSafe, loadUndici, openLanes } from "./http-lane.ts";
import type { Lane, Lanes, Wanted } from "./http-lane.ts";
import { readBody, ReceiverError } from "./http-read.ts";

/** Opens the way to ask over HTTP. Requests without a connection's name have one of their own, so none meets another's leftovers. */
export function openHttp(): Http {
  let lanes: Promise<Lanes> | undefined;
  return { send: async (request) => send(request, await (lanes ??= loadUndici().then(openLanes))) };
}

/** One request under way: where it runs, and how far it came. */
interface Errand {
  readonly request: HttpRequest;
  readonly began: number;
  readonly signal: AbortSignal;
  lane?: Lane;
  /** The connection that the lane had when it was taken, and what it had received by then. */
  before?: { readonly connection: Connection | undefined; readonly bytes: number };
  hasHeaders: boolean;
  bodyBytes: number;
  bodyLength?: number;
}

async function send(request: HttpRequest, lanes: Lanes): Promise<HttpResponse> {
  const began = performance.now();
  const late = AbortSignal.timeout(request.timeoutMs);
  const signal = request.signal === undefined ? late : AbortSignal.any([request.signal, late]);
  const errand: Errand = { request, began, signal, hasHeaders: false, bodyBytes: 0 };
  // Ends it wherever it is: undici's own signal would wait for the connection to be made first.
  const stop = () => errand.lane?.destroy(new Error("stopped"));
  signal.addEventListener("abort", stop);
  try {
    return await carry(errand, lanes);
  } catch (error) {
    errand.lane?.destroy();
    if (error instanceof ReceiverError) throw error.cause;
    if (error instanceof Fault || isOurMistake(error)) throw error;
    const cancelled = request.signal?.aborted === true;
    const ended = cancelled ? "cancelled" : late.aborted ? "late" : "broken";
    throw httpFault(error, request, { ended, progress: progressOf(errand) });
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** A mistake of ours is never said to be the server's; what undici and Node refuse has a code. */
function isOurMistake(error: unknown): boolean {
  return error instanceof TypeError && codeOf(error) === "";
}

async function carry(errand: Errand, lanes: Lanes): Promise<HttpResponse> {
  const { request } = errand;
  errand.signal.throwIfAborted();
  const { method, tls = {}, connection: name } = request;
  const wanted: Wanted = { url: new URL(request.url), method, tls, name };
  const body = request.body === undefined ? undefined : await sendable(request.body);
  const run = async (lane: Lane): Promise<HttpResponse> => {
    errand.lane = lane;
    const answer = await attempt(errand, { lane, body, url: wanted.url });
    if (answer.truncated && request.into === undefined) lane.destroy();
    else lanes.release(lane, wanted);
    return answer;
  };
  try {
    return await run(lanes.take(wanted));
  } catch (error) {
    // A kept connection that died unused is no news about the server, if asking again can do no harm.
    const wasKept = (errand.lane?.carried ?? 0) > 0;
    if (!wasKept || !isSafe(method) || errand.signal.aborted) throw error;
    if (!neverAnswered(error, progressOf(errand))) throw error;
    errand.lane?.destroy();
    return run(lanes.take(wanted, { fresh: true }));
  }
}

interface Attempt {
  readonly lane: Lane;
  readonly body: Sendable | undefined;
  readonly url: URL;
}

async function attempt(errand: Errand, { lane, body, url }: Attempt): Promise<HttpResponse> {
  const { request, began, signal } = errand;
  const { connection } = lane;
  errand.before = { connection, bytes: connection?.socket.bytesRead ?? 0 };
  signal.throwIfAborted();
  const answer = await lane.ask(optionsOf(request, url, body));
  const firstByteMs = performance.now() - began;
  const { status, headers } = answer;
  const length = headers.find(([name]) => name.toLowerCase() === "content-length")?.[1];
  errand.hasHeaders = true;
  if (length !== undefined && request.method !== "HEAD") errand.bodyLength = Number(length);
  const facts = await readBody(answer.body, request, {
    length: errand.bodyLength,
    told: (bytes) => void (errand.bodyBytes = bytes),
    signal,
  });
  const certificate = lane.connection?.certificate;
  return {
    status,
    headers,
    ...facts,
    durationMs: performance.now() - began,
    firstByteMs,
    ...(certificate === undefined ? {} : { certificate }),
  };
}

function optionsOf(
  { method, headers = [] }: HttpRequest,
  url: URL,
  body: Sendable | undefined,
): Dispatcher.DispatchOptions {
  const added = [...(body?.headers ?? [])];
  if (body !== undefined) added.push(["content-length", String(body.bytes)]);
  const given = new Set(headers.map(([name]) => name.toLowerCase()));
  return {
    method,
    path: url.pathname + url.search,
    headers: [...headers, ...added.filter(([name]) => !given.has(name))].flat(),
    body: body === undefined ? null : contentOf(body),
  };
}

/** undici takes any iterable of bytes, which its types say of streams alone. */
function contentOf(body: Sendable): Uint8Array {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  return body.content() as Uint8Array;
}

function progressOf({ lane, before, hasHeaders, bodyBytes, bodyLength }: Errand): Progress {
  const connection = lane?.connection;
  const earlier = connection === before?.connection ? (before?.bytes ?? 0) : 0;
  return {
    connection,
    bytesReceived: (connection?.socket.bytesRead ?? 0) - earlier,
    hasHeaders,
    bodyBytes,
    bodyLength,
  };
}
