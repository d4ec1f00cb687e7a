import type { Line } from "./line.ts";

/** Its TERM, its KILL, and the way there and back. */
const PATIENCE_MS = 12_000;

/** Waits until a command that nobody wants any more is gone from its host, as far as the host can be asked. */
export async function seeOff(line: Line, nonce: string): Promise<void> {
  const half = nonce.length / 2;
  const words = ["quit", nonce.slice(0, half), nonce.slice(half)] as const;
  await line.ask({ words: [...words] }, { timeoutMs: PATIENCE_MS }).catch(() => undefined);
}
