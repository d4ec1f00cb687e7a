import type { Shell } from "../../../src/ports/shell.ts";

/** A Shell whose process is gone before its N-th command: it and all later ones are never started. */
export function cutShell(shell: Shell, n: number): Shell & { isCut(): boolean } {
  let count = 0;
  const next = (): void => {
    if (++count >= n) throw new Error("the process is gone");
  };
  return {
    isCut: () => count >= n,
    look: async (...words) => (next(), shell.look(...words)),
    run: async (...words) => (next(), shell.run(...words)),
    receipt: (key) => shell.receipt(key),
    stream: async (...words) => (next(), shell.stream(...words)),
  };
}
