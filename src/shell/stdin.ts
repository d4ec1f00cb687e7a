import { randomUUID } from "node:crypto";
import fs from "node:fs";

/** Files there are memory, so what is written to stdin, which may be secret, reaches no disk. */
const MEMORY = "/dev/shm";

/** What a child shall read from, for `spawn`: nothing, a file that has no name any more, or a pipe to be written to. */
export type Stdin = "ignore" | "pipe" | number;

/**
 * Lays the text ready for a child.
 *
 * On Linux it is an unnamed file in memory: what Node gives a child as a pipe is a socket there, which programs that
 * open /dev/stdin (`psql -f`, `cat`) can't open. Elsewhere the pipe does. The caller closes the file.
 */
export function layReady(text: string | undefined): Stdin {
  if (text === undefined) return "ignore";
  return process.platform === "linux" ? (inMemory(text) ?? "pipe") : "pipe";
}

function inMemory(text: string): number | undefined {
  const name = `${MEMORY}/sw-${randomUUID()}`;
  try {
    // O_EXCL and a name that nobody can guess: nobody else has it open.
    fs.writeFileSync(name, text, { flag: "wx", mode: 0o600 });
    return fs.openSync(name, "r");
  } catch {
    // No such file system, or it is full.
    return undefined;
  } finally {
    fs.rmSync(name, { force: true });
  }
}
