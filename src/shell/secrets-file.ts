import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { unsafe, unusable } from "./secrets-faults.ts";

/** Most bytes of one secret. A mask grows with its values. */
export const LONGEST = 65_536;

/**
 * The text of a secret's file without its last line end; undefined when there is none. Everything is asked of the
 * opened file, never of the path again, so that nobody can swap it between the look and the reading.
 */
export async function readSecretFile(name: string, file: string): Promise<string | undefined> {
  const handle = await openOnly(name, file);
  if (handle === undefined) return undefined;
  try {
    await checkMode(name, file, handle);
    return textOf(name, file, await readCapped(handle));
  } finally {
    await handle.close();
  }
}

async function openOnly(name: string, file: string): Promise<FileHandle | undefined> {
  try {
    // Non-blocking, or a named pipe would hold us for ever.
    return await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    if (code === "ELOOP") {
      const what = `The file of secret ${name}, ${file}, is a symbolic link.`;
      throw unsafe(what, "Name the file that it points to.");
    }
    const what = `The file of secret ${name}, ${file}, can't be opened (${code}).`;
    throw unusable(what, `Let the user who runs this read it: ls -l ${file}`, error);
  }
}

async function checkMode(name: string, file: string, handle: FileHandle): Promise<void> {
  const stat = await handle.stat();
  if (!stat.isFile()) {
    throw unsafe(
      `The file of secret ${name}, ${file}, is not a regular file.`,
      "Name a regular file.",
    );
  }
  if ((stat.mode & 0o007) !== 0) {
    const mode = (stat.mode & 0o777).toString(8);
    const what = `Everybody on this machine can open the file of secret ${name}, ${file} (mode ${mode}).`;
    throw unsafe(what, `Run: chmod 600 ${file}, and change the secret if others use this machine.`);
  }
}

async function readCapped(handle: FileHandle): Promise<Buffer> {
  const buffer = Buffer.alloc(LONGEST + 3);
  let length = 0;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length);
    length += bytesRead;
    if (bytesRead === 0 || length === buffer.length) return buffer.subarray(0, length);
  }
}

function textOf(name: string, file: string, bytes: Buffer): string {
  const text = decode(bytes)?.replace(/\r?\n$/, "");
  if (text !== undefined && Buffer.byteLength(text) <= LONGEST && !text.includes("\0")) return text;
  const what = `The file of secret ${name}, ${file}, is not text of at most ${LONGEST} bytes.`;
  throw unusable(what, "Keep it as base64, and decode it where it is used.");
}

function decode(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The system's name of what went wrong. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown";
}
