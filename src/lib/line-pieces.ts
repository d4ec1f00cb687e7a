import type { FileHandle } from "node:fs/promises";

/** Longest line that is read in one piece, in bytes; a longer one is cut, and each part taken for a line. */
export const LONGEST_LINE = 1_048_576;

/** Larger strings are kept outside of the heap and given back late. */
const READ_AT_ONCE = 262_144;

/** Where in a file to read. */
export interface Stretch {
  /** Byte of a line's beginning. */
  readonly from?: number;
  readonly signal?: AbortSignal;
}

/**
 * The lines of an open file from a place to its end, in pieces of whole lines, each at most `LONGEST_LINE` bytes.
 * Bytes that are no UTF-8 become U+FFFD. Only the last piece, and one that was cut, ends without a line feed.
 */
export async function* linePieces(
  handle: FileHandle,
  { from = 0, signal }: Stretch = {},
): AsyncGenerator<string> {
  const buffer = Buffer.allocUnsafe(LONGEST_LINE);
  let held = 0;
  for (let at = from; ;) {
    signal?.throwIfAborted();
    const { bytesRead } = await handle.read(
      buffer,
      held,
      Math.min(READ_AT_ONCE, buffer.length - held),
      at,
    );
    at += bytesRead;
    const filled = held + bytesRead;
    if (bytesRead === 0) {
      if (held > 0) yield buffer.toString("utf8", 0, held);
      return;
    }
    const end = endOfPiece(buffer, filled);
    if (end > 0) yield buffer.toString("utf8", 0, end);
    buffer.copy(buffer, 0, end, filled);
    held = filled - end;
  }
}

function endOfPiece(buffer: Buffer, filled: number): number {
  const end = buffer.lastIndexOf(10, filled - 1) + 1;
  return end > 0 || filled < buffer.length ? end : cutOff(buffer, filled);
}

/** Where bytes without a line feed are cut, so that it is not within a character. */
export function cutOff(buffer: Buffer, filled: number): number {
  let cut = filled;
  while (cut > filled - 4 && ((buffer[cut - 1] ?? 0) & 0xc0) === 0x80) cut--;
  return (buffer[cut - 1] ?? 0) >= 0xc0 ? cut - 1 : filled;
}
