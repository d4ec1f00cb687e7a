import type { Readable } from "node:stream";
import type { Mask } from "../lib/mask.ts";

/** How much of the end of an output is kept. */
export const TAIL_BYTES = 64 * 1024;
/** A grandchild that holds the pipe is not waited for longer than this. */
export const GRACE_MS = 2000;

/** Hands on what a child says, masked, and tells when it will say no more. */
export function follow(
  stream: Readable | null | undefined,
  mask: Mask,
  take: (chunk: Uint8Array) => void,
) {
  const masked = mask.stream();
  stream?.on("data", (chunk: Uint8Array) => take(masked.push(chunk)));
  const done = new Promise<void>((resolve) => {
    if (stream === null || stream === undefined) return resolve();
    stream.once("close", () => {
      take(masked.flush());
      resolve();
    });
    stream.on("error", () => stream.destroy());
  });
  return { stream, done };
}
