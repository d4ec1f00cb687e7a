import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { sha256 } from "../lib/digest.ts";
import { isMissing } from "../lib/error-code.ts";

/**
 * A high-water mark beside the database: the number of changes ever acknowledged.
 *
 * SQLite takes a torn or damaged end of its write-ahead file for the normal end after a crash and drops it without a
 * word, and an emptied database for a new one. A mark that is ahead of the database is how we notice.
 * It is written after each commit without a sync of its own: after a power cut it may lag behind, never lead.
 */
export interface Mark {
  /** Remembers this number, unless it is already higher. */
  raise(changes: number): void;
  close(): void;
}

/** The number on the mark, or 0 when there is none or it cannot be made out. */
export function readMark(path: string): number {
  try {
    const [number = "", sum] = readFileSync(path, "utf8").trim().split(" ");
    return sum === sumOf(number) ? Number(number) : 0;
  } catch (thrown) {
    if (isMissing(thrown)) return 0;
    throw thrown;
  }
}

export function openMark(path: string): Mark {
  let file: number | undefined;
  let highest = readMark(path);
  return {
    raise(changes) {
      if (changes <= highest) return;
      highest = changes;
      file ??= create(path);
      try {
        writeSync(file, lineOf(changes), 0);
      } catch {
        // The commit itself is durable: a mark that a full disk refuses only notices less.
      }
    },
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}

function create(path: string): number {
  try {
    return openSync(path, "r+");
  } catch (thrown) {
    if (!isMissing(thrown)) throw thrown;
  }
  const file = openSync(path, "a+", 0o600);
  fsyncSync(file);
  closeSync(file);
  // Opened anew because a file in append mode ignores the position of a write.
  return openSync(path, "r+");
}

/** Always as long as any other, so that one write replaces the whole of it. */
function lineOf(changes: number): string {
  const number = String(changes).padStart(16, "0");
  return `${number} ${sumOf(number)}\n`;
}

function sumOf(number: string): string {
  return sha256(number).slice(0, 16);
}
