import { open } from "node:fs/promises";
import { isMissing } from "../../lib/error-code.ts";

/** The last whole lines of a log, at most maxBytes; empty when there is none yet. */
export async function lastLines(file: string, maxBytes: number): Promise<string> {
  const text = await end(file, maxBytes);
  if (Buffer.byteLength(text) < maxBytes) return text;
  const cut = text.indexOf("\n") + 1;
  return cut < text.length ? text.slice(cut) : text;
}

/** Puts the part's name before each line. */
export function prefixed(part: string, text: string): string {
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line) => `${part} | ${line}\n`).join("");
}

async function end(file: string, maxBytes: number): Promise<string> {
  try {
    const handle = await open(file, "r");
    try {
      const { size } = await handle.stat();
      const length = Math.min(size, maxBytes);
      const { buffer, bytesRead } = await handle.read(
        Buffer.alloc(length),
        0,
        length,
        size - length,
      );
      return buffer.subarray(0, bytesRead).toString("utf8");
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isMissing(error)) return "";
    throw error;
  }
}
