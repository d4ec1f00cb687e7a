import { createHash } from "node:crypto";
import { giveBack } from "../lib/give-back.ts";
import { Fault } from "../model/failure.ts";
import type { HttpRequest, HttpResponse } from "../ports/http.ts";

export interface Reading {
  /** What Content-Length promises. */
  readonly length: number | undefined;
  /** Is told how many bytes came so far. */
  readonly told: (bytes: number) => void;
  /** Ends the wait for a receiver that does not come back. */
  readonly signal: AbortSignal;
}

/** What is kept of a body that is given on and is longer than what may be kept. */
const MOST_OF_LONGER = 1_048_576;

/** Carries what the receiver of a body threw past everything that explains what servers do. */
export class ReceiverError extends Error {}

type BodyFacts = Pick<HttpResponse, "body" | "truncated" | "bytes" | "sha256">;

/** Reads a body: counts and digests every byte, gives it on, keeps the beginning. */
export async function readBody(
  stream: AsyncIterable<Uint8Array>,
  { into, maxBytes, mostBytes = Infinity, method, url }: HttpRequest,
  { length, told, signal }: Reading,
): Promise<BodyFacts> {
  const hash = createHash("sha256");
  let kept: Uint8Array[] = [];
  let bytes = 0;
  // Memory is for what is kept whole; of a body that is given on and longer the beginning will do.
  const least = into === undefined ? maxBytes : Math.min(maxBytes, MOST_OF_LONGER);
  let limit = length === undefined || length <= maxBytes ? maxBytes : least;
  for await (const chunk of stream) {
    const isKept = bytes < limit;
    if (isKept) kept.push(chunk.subarray(0, limit - bytes));
    if (bytes + chunk.length > limit && limit > least) {
      kept = [Buffer.concat(kept, least)];
      limit = least;
    }
    bytes += chunk.length;
    told(bytes);
    if (into !== undefined && bytes > mostBytes) throw tooLong({ method, url, mostBytes });
    hash.update(chunk);
    if (into !== undefined) await give(into, chunk, signal);
    else if (bytes > maxBytes) break;
    if (!isKept) giveBack(chunk);
  }
  return {
    body: new Uint8Array(Buffer.concat(kept)),
    truncated: bytes > maxBytes,
    bytes,
    sha256: hash.digest("hex"),
  };
}

async function give(
  into: NonNullable<HttpRequest["into"]>,
  chunk: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const stopped = Promise.withResolvers<never>();
  const stop = () => stopped.reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  try {
    await Promise.race([into(chunk), stopped.promise]);
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ReceiverError("the receiver of the body threw", { cause: error });
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function tooLong({
  method,
  url,
  mostBytes,
}: Required<Pick<HttpRequest, "method" | "url" | "mostBytes">>): Fault {
  return new Fault({
    code: "http-too-long",
    what: `The answer to ${method} ${new URL(url).origin} is longer than ${mostBytes} bytes.`,
    fix: "Allow it more bytes if that is meant, or see why it does not end.",
  });
}
