import type { Evidence } from "../../model/evidence.ts";
import type { OutputFile } from "../../ports/shell.ts";
import type { Mask } from "../../lib/mask.ts";
import { lastBytes, textOf } from "../last-bytes.ts";
import { openHashedFile } from "./hashed-file.ts";

const TAIL_BYTES = 64 * 1024;
// The kept end of a long output waits in memory, so it is smaller than the kept beginning.
const MOST_KEPT_END = 4 * 1024 * 1024;

/** What a command said, on its way into a file and a short tail; masked before either. */
export interface Capture {
  take(chunk: Uint8Array): Promise<void>;
  finish(): Promise<{ readonly tail: string; readonly output?: Evidence }>;
}

/** Opens a capture; the file must not exist yet. */
export async function openCapture(mask: Mask, output: OutputFile | undefined): Promise<Capture> {
  const masked = mask.stream();
  const tail = lastBytes(TAIL_BYTES);
  const file = output === undefined ? undefined : await openKept(output);
  const keep = async (bytes: Uint8Array) => {
    tail.push(bytes);
    await file?.write(bytes);
  };
  const finish = async () => {
    await keep(masked.flush());
    const kept = await file?.close();
    return { tail: textOf(tail.bytes()), ...(kept === undefined ? {} : { output: kept }) };
  };
  return { take: (chunk) => keep(masked.push(chunk)), finish };
}

/** A file that keeps the beginning and the end of what is written, and says in between how much it left out. */
async function openKept({ path, name, keepBytes }: OutputFile) {
  const file = await openHashedFile(path);
  const endBytes = Math.min(Math.floor(keepBytes / 2), MOST_KEPT_END);
  const end = lastBytes(endBytes);
  let room = keepBytes - endBytes;
  let dropped = 0;

  const write = async (bytes: Uint8Array) => {
    const head = bytes.subarray(0, room);
    room -= head.length;
    if (head.length > 0) await file.write(head);
    dropped += end.push(bytes.subarray(head.length));
  };
  const close = async (): Promise<Evidence> => {
    if (dropped > 0)
      await file.write(Buffer.from(`\n[seaworthy: ${dropped} bytes left out here]\n`));
    await file.write(end.bytes());
    const { sha256, bytes, unwritten } = await file.close();
    const lost = dropped + unwritten;
    return { name, sha256, bytes, ...(lost > 0 ? { droppedBytes: lost } : {}) };
  };
  return { write, close };
}
