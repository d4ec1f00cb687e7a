import { createHash, randomBytes, randomUUID } from "node:crypto";
import { mkdir, open, rename, rm, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { Range } from "../http/range.ts";
import { CHUNK, chunksOf, type Cipher, cipherFor, SALT, TAG } from "./cipher.ts";

/** What the database keeps of a blob. */
export interface Blob {
  readonly id: string;
  readonly size: number;
  readonly sha256: string;
  readonly salt: Uint8Array;
  readonly seal: Uint8Array;
}

/** Keeps blobs in a folder, one encrypted file each. */
export interface Store {
  /** Encrypts what arrives, chunk by chunk; it is on disk when this has ended. */
  put(bytes: AsyncIterable<Uint8Array>): Promise<Blob>;
  /** Decrypts the chunks that a range touches, and no others. Throws `Tampered` where they are not what was put. */
  read(blob: Blob, range: Range): AsyncIterable<Uint8Array>;
  remove(id: string): Promise<void>;
}

/** Opens the store in a folder, which is made when it is missing. */
export function openStore(folder: string, key: Uint8Array): Store {
  const pathOf = (id: string): string => join(folder, `${id}.blob`);
  return {
    async put(bytes) {
      const [id, salt] = [randomUUID(), randomBytes(SALT)];
      const cipher = cipherFor(key, salt);
      await mkdir(folder, { recursive: true });
      const part = join(folder, `${id}.part`);
      try {
        const { size, sha256 } = await write(part, bytes, { id, cipher });
        await rename(part, pathOf(id));
        return { id, size, sha256, salt, seal: cipher.seal({ id, size, sha256 }) };
      } catch (error) {
        await rm(part, { force: true });
        throw error;
      }
    },
    read(blob, range) {
      const cipher = cipherFor(key, blob.salt);
      cipher.check(blob, blob.seal);
      return decrypt(pathOf(blob.id), { blob, range, cipher });
    },
    remove: (id) => rm(pathOf(id), { force: true }),
  };
}

interface Writing {
  readonly id: string;
  readonly cipher: Cipher;
}

async function write(
  path: string,
  bytes: AsyncIterable<Uint8Array>,
  writing: Writing,
): Promise<{ readonly size: number; readonly sha256: string }> {
  const file = await open(path, "wx", 0o600);
  try {
    const hash = createHash("sha256");
    let size = 0;
    const seen = async function* (): AsyncGenerator<Uint8Array> {
      for await (const piece of bytes) {
        hash.update(piece);
        size += piece.length;
        yield piece;
      }
    };
    await writeChunks(file, seen(), writing);
    await file.sync();
    return { size, sha256: hash.digest("hex") };
  } finally {
    await file.close();
  }
}

async function writeChunks(
  file: FileHandle,
  bytes: AsyncIterable<Uint8Array>,
  { id, cipher }: Writing,
): Promise<void> {
  let index = 0;
  let held: Buffer = Buffer.alloc(0);
  for await (const piece of bytes) {
    held = Buffer.concat([held, piece]);
    // One chunk stays back: only at the end it is known whether it is the last.
    for (; held.length > CHUNK; held = held.subarray(CHUNK))
      await file.write(cipher.close(held.subarray(0, CHUNK), { id, index: index++, last: false }));
  }
  await file.write(cipher.close(held, { id, index, last: true }));
}

interface Reading {
  readonly blob: Blob;
  readonly range: Range;
  readonly cipher: Cipher;
}

async function* decrypt(path: string, reading: Reading): AsyncGenerator<Uint8Array> {
  const { blob, range, cipher } = reading;
  const last = chunksOf(blob.size) - 1;
  const until = Math.max(Math.ceil(range.end / CHUNK), 1);
  const file = await open(path);
  try {
    const stored = Buffer.alloc(CHUNK + TAG);
    for (let index = Math.floor(range.start / CHUNK); index < until; index += 1) {
      const length = await fill(file, stored, index * stored.length);
      const place = { id: blob.id, index, last: index === last };
      const chunk = cipher.open(stored.subarray(0, length), place);
      const from = Math.max(range.start - index * CHUNK, 0);
      const to = Math.min(range.end - index * CHUNK, chunk.length);
      if (to > from) yield chunk.subarray(from, to);
    }
  } finally {
    await file.close();
  }
}

/** Reads until the buffer is full or the file ends. */
async function fill(file: FileHandle, into: Buffer, at: number): Promise<number> {
  let length = 0;
  while (length < into.length) {
    const { bytesRead } = await file.read(into, length, into.length - length, at + length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return length;
}
