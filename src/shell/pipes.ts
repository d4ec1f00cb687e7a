import { execFile } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { promisify } from "node:util";
import { errorCode } from "../lib/error-code.ts";

/** Our end to read from, and the child's, which we close once the child has it. */
export interface Pipe {
  readonly ours: net.Socket;
  readonly theirs: number;
}

/**
 * Real pipes for what children write.
 *
 * What Node gives a child for "pipe" is a socket: `echo >/dev/stderr` fails on it, and stdout and stderr can't share
 * one, which would lose the order in which they were written. Named pipes have neither fault.
 */
export interface Pipes {
  fromChild(): Promise<Pipe>;
}

const AT_ONCE = 16;
const { O_RDONLY, O_WRONLY, O_NONBLOCK } = fs.constants;
const run = promisify(execFile);

/** Keeps a few named pipes ready in a folder that nobody else may enter; each is used once. */
export function openPipes(folder: string): Pipes {
  const ready: string[] = [];
  let made = 0;
  let making: Promise<void> | undefined;

  const make = async () => {
    const names = Array.from({ length: AT_ONCE }, () =>
      path.join(folder, `${(made++).toString(36)}.pipe`),
    );
    await run("mkfifo", ["-m", "600", ...names], { timeout: 10_000 });
    ready.push(...names);
  };
  const refill = async () => {
    making ??= make().finally(() => (making = undefined));
    await making;
  };
  const fromChild = async (): Promise<Pipe> => {
    while (ready.length === 0) await refill();
    const name = ready.pop()!;
    try {
      return open(name);
    } catch (error) {
      // A cleaner of temporary files may have been here.
      if (errorCode(error) !== "ENOENT" || ready.length === 0) throw error;
      ready.length = 0;
      return await fromChild();
    } finally {
      fs.rmSync(name, { force: true });
    }
  };
  return { fromChild };
}

function open(name: string): Pipe {
  // Opened in this order neither end waits, and the child's end blocks, as programs expect.
  const reader = fs.openSync(name, O_RDONLY | O_NONBLOCK);
  const theirs = fs.openSync(name, O_WRONLY);
  return { ours: new net.Socket({ fd: reader, readable: true, writable: false }), theirs };
}
