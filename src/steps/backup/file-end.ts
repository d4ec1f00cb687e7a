import { open } from "node:fs/promises";

/** Whether these words stand at the beginning of the last line, of the end of a file, that says anything. */
export function endsWith(end: Uint8Array, words: string): boolean {
  const line = Buffer.from(end).toString("utf8").trimEnd().split("\n").at(-1);
  return line?.startsWith(words) ?? false;
}

/** The last bytes of a file, at most so many. */
export async function lastBytes(file: string, most: number): Promise<Uint8Array> {
  await using handle = await open(file);
  const { size } = await handle.stat();
  const bytes = new Uint8Array(Math.min(size, most));
  await handle.read(bytes, 0, bytes.length, size - bytes.length);
  return bytes;
}
