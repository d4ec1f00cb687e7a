import { createHash, hash } from "node:crypto";
import { open } from "node:fs/promises";

/** A sha256 with the number of bytes that went in. */
export interface Digest {
  /** Lower-case hex. */
  readonly sha256: string;
  readonly bytes: number;
}

/** sha256 of a text (as UTF-8) or of bytes, in lower-case hex. */
export function sha256(content: string | Uint8Array): string {
  return hash("sha256", content, "hex");
}

/** sha256 over bytes that come one after another. */
export function digestStream(): { push(bytes: Uint8Array): void; end(): Digest } {
  const sum = createHash("sha256");
  let bytes = 0;
  return {
    push(chunk) {
      sum.update(chunk);
      bytes += chunk.byteLength;
    },
    end: () => ({ sha256: sum.digest("hex"), bytes }),
  };
}

/** sha256 of a file, read in pieces. `flags` are those of open(2). */
export async function sha256File(path: string, flags: string | number = "r"): Promise<Digest> {
  await using file = await open(path, flags);
  const digest = digestStream();
  const buffer = new Uint8Array(64 * 1024);
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop
    const { bytesRead } = await file.read(buffer);
    if (bytesRead === 0) return digest.end();
    digest.push(buffer.subarray(0, bytesRead));
  }
}
