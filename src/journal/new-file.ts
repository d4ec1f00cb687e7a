import { closeSync, constants, fsyncSync, openSync, writeSync } from "node:fs";
import { digestStream, type Digest } from "../lib/digest.ts";
import { Fault } from "../model/failure.ts";

/** A file that is written from beginning to end, once. */
export interface NewFile {
  /** In the kernel's hands when it returns. An error of the disk is told by `end`, not here. */
  write(bytes: Uint8Array): void;
  /** Durable when it returns. Fault `artifact-unwritable`. */
  end(): Digest;
}

/** Creates the file. What is there already is neither touched nor followed. Fault `artifact-unwritable`. */
export function createFile(name: string, path: string): NewFile {
  const digest = digestStream();
  const file = orFault(name, () => create(path));
  let trouble: (() => never) | undefined;

  const write = (bytes: Uint8Array) => {
    if (trouble !== undefined) return;
    try {
      writeAll(file, bytes);
      digest.push(bytes);
    } catch (thrown) {
      trouble = () => {
        throw thrown;
      };
    }
  };
  const sync = () => {
    try {
      trouble?.();
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  };
  return {
    write,
    end() {
      orFault(name, sync);
      return digest.end();
    },
  };
}

/** Does it, and says what the file system said no to in our words. */
export function orFault<T>(name: string, act: () => T): T {
  try {
    return act();
  } catch (thrown) {
    if (!(thrown instanceof Error) || !("syscall" in thrown)) throw thrown;
    throw new Fault(
      {
        code: "artifact-unwritable",
        what: `The artifact "${name}" could not be written: ${thrown.message}.`,
        fix: "Check the space, the rights and the health of the disk that keeps `.seaworthy/`, then run again.",
      },
      { cause: thrown },
    );
  }
}

function create(path: string): number {
  const { O_CREAT, O_EXCL, O_WRONLY, O_NOFOLLOW } = constants;
  // oxlint-disable-next-line no-bitwise -- open(2) flags
  return openSync(path, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, 0o600);
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
}
