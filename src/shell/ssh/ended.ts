import { constants } from "node:os";
import type { Finished } from "../../ports/shell.ts";

const NAMES = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));

/** How a command ended, from the words of the host's script; undefined when they say something else. */
export function endedBy(words: string): Finished["ended"] | undefined {
  const why = /^not-started (.*)$/s.exec(words)?.[1];
  if (why !== undefined) return { how: "not-started", why };
  if (words === "out-of-time" || words === "cancelled") return { how: words };
  const code = /^exit (\d+)$/.exec(words)?.[1];
  return code === undefined ? undefined : endedWith(Number(code));
}

/** A shell tells a signal as 128 and its number; a program that says the same itself can't be told from that. */
export function endedWith(code: number): Finished["ended"] {
  const signal = code > 128 ? NAMES.get(code - 128) : undefined;
  return signal === undefined ? { how: "exit", code } : { how: "signal", signal };
}
