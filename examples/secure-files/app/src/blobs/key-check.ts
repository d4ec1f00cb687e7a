import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fingerprint } from "./cipher.ts";

/** Makes sure that the key is the one that the data were encrypted with, before it can do harm. The first start writes down which one it is. */
export function checkKey(data: string, key: Uint8Array): void {
  const path = join(data, "key.check");
  const mine = fingerprint(key);
  mkdirSync(data, { recursive: true });
  try {
    writeFileSync(path, `${mine}\n`, { flag: "wx", mode: 0o600, flush: true });
    return;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
  if (readFileSync(path, "utf8").trim() !== mine)
    throw new Error(
      `BLOB_KEY is not the key that ${data} was encrypted with. Put the right one back; with this one no blob can be read.`,
    );
}
