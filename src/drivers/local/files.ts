import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { writeDurably } from "../../lib/durable-file.ts";
import { isMissing } from "../../lib/error-code.ts";

/** Replaces a small file, durably, in a folder that may not be there yet. */
export async function replaceFile(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeDurably(file, text);
}

/** The text, or undefined when there is no such file. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
