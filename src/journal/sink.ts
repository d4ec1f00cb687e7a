import type { Digest } from "../lib/digest.ts";
import type { MaskStream } from "../lib/mask.ts";
import type { NewFile } from "./new-file.ts";
import { openTail } from "./tail.ts";

/** 16 MiB: half of it from the beginning, half from the end. */
export const KEEP_BYTES = 16 * 1024 * 1024;

/** What a sink stored in the end. */
export interface Stored extends Digest {
  readonly droppedBytes?: number;
}

/** Masks what comes and keeps its beginning and its end, with the number of bytes in between said in their place. */
export function openSink(file: NewFile, mask: MaskStream, keepBytes: number) {
  const tail = openTail(Math.floor(keepBytes / 2));
  let room = keepBytes - Math.floor(keepBytes / 2);

  const keep = (bytes: Uint8Array) => {
    const head = bytes.subarray(0, room);
    room -= head.length;
    if (head.length > 0) file.write(head);
    if (head.length < bytes.length) tail.push(bytes.subarray(head.length));
  };
  return {
    write(chunk: string | Uint8Array) {
      keep(mask.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk));
    },
    end(): Stored {
      keep(mask.flush());
      const droppedBytes = tail.dropped();
      if (droppedBytes > 0) file.write(gap(droppedBytes));
      file.write(tail.content());
      return { ...file.end(), ...(droppedBytes > 0 ? { droppedBytes } : {}) };
    },
  };
}

function gap(bytes: number): Uint8Array {
  return Buffer.from(`\n[seaworthy left out ${bytes} bytes here]\n`);
}
