import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import path from "node:path";
import { syncFolder } from "../../lib/durable-file.ts";

/** A new file whose digest is known when it is closed. */
export interface HashedFile {
  /** Never fails: a full disk costs output, which is counted, and not the command. */
  write(chunk: Uint8Array): Promise<void>;
  /** Durable when it resolves. */
  close(): Promise<{ readonly sha256: string; readonly bytes: number; readonly unwritten: number }>;
}

/** Given back to a full disk that we filled, so that the outcome can still be written down. */
const GIVEN_BACK_BYTES = 256 * 1024;

/** Opens a file that must not exist yet. */
export async function openHashedFile(file: string): Promise<HashedFile> {
  const handle = await open(file, "wx", 0o600);
  const named = syncFolder(path.dirname(file));
  // Waited for at the end; until then a failure is not forgotten, only not yet said.
  named.catch(() => undefined);
  const hash = createHash("sha256");
  let bytes = 0;
  let unwritten = 0;

  const giveBack = async () => {
    const kept = Math.max(0, bytes - GIVEN_BACK_BYTES);
    await handle.truncate(kept);
    unwritten += bytes - kept;
    bytes = kept;
  };
  const write = async (chunk: Uint8Array) => {
    const isFull = unwritten > 0;
    const written = isFull ? 0 : await writeAll(handle, chunk);
    hash.update(chunk.subarray(0, written));
    bytes += written;
    unwritten += chunk.length - written;
    if (!isFull && unwritten > 0) await giveBack().catch(() => undefined);
  };
  const close = async () => {
    try {
      await Promise.all([handle.sync(), named]);
    } finally {
      await handle.close();
    }
    return { sha256: unwritten > 0 ? await digestOf(file) : hash.digest("hex"), bytes, unwritten };
  };
  return { write, close };
}

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<number> {
  let written = 0;
  try {
    while (written < chunk.length) written += (await handle.write(chunk, written)).bytesWritten;
  } catch {
    // No space: what could not be written is counted by the caller.
  }
  return written;
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  const chunks: AsyncIterable<Uint8Array> = createReadStream(file);
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest("hex");
}
