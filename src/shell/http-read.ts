import { createHash } from "node:crypto";
import { Fault } from "../model/failure.ts";
import type { HttpRequest, HttpResponse } from "../ports/http.ts";

export interface Reading {
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
  { told, signal }: Reading,
): Promise<BodyFacts> {
  const hash = createHash("sha256");
  let kept: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    if (bytes < maxBytes) kept.push(chunk.subarray(0, maxBytes - bytes));
    // Memory for what is to be kept whole; of a longer one the beginning will do.
    if (into !== undefined && bytes <= maxBytes && bytes + chunk.length > maxBytes)
      kept = [Buffer.concat(kept, Math.min(maxBytes, MOST_OF_LONGER))];
    bytes += chunk.length;
    told(bytes);
    if (into !== undefined && bytes > mostBytes) throw tooLong({ method, url, mostBytes });
    hash.update(chunk);
    if (into !== undefined) await give(into, chunk, signal);
    else if (bytes > maxBytes) break;
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
