import { mkdir, open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { dirname } from "node:path";

/** A file while it is written, byte after byte. */
export interface Sink {
  /** What it was given may be used for something else as soon as it resolves. */
  readonly write: (chunk: Uint8Array) => Promise<void>;
  /** Writes what is left. */
  readonly close: () => Promise<void>;
}

/** Two of them: one fills while the other goes to the disk. More memory a file never takes, however slow the disk. */
const BUFFER = 262_144;

/** Begins a file anew. */
export async function openSink(path: string): Promise<Sink> {
  await mkdir(dirname(path), { recursive: true });
  const handle = await open(path, "w");
  const buffers = { filling: Buffer.alloc(0), spare: Buffer.alloc(0), used: 0 };
  let writing = Promise.resolve();
  const flush = async (): Promise<void> => {
    await writing;
    const { filling, spare, used } = buffers;
    writing = writeAll(handle, filling.subarray(0, used));
    // Whoever waits for it next is told.
    writing.catch(() => undefined);
    Object.assign(buffers, { filling: spare, spare: filling, used: 0 });
  };
  const write = async (chunk: Uint8Array): Promise<void> => {
    for (let at = 0; at < chunk.length;) {
      if (buffers.filling.length === 0) buffers.filling = Buffer.allocUnsafeSlow(BUFFER);
      const { filling, used } = buffers;
      const piece = chunk.subarray(at, at + BUFFER - used);
      filling.set(piece, used);
      buffers.used += piece.length;
      at += piece.length;
      if (buffers.used === BUFFER) await flush();
    }
  };
  const close = async (): Promise<void> => {
    try {
      await flush();
      await writing;
    } finally {
      await handle.close();
    }
  };
  return { write, close };
}

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length;) at += (await handle.write(chunk, at)).bytesWritten;
}
