import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { isBusy } from "./patience.ts";

/** A lock that the kernel frees when the process dies, however it dies: an open exclusive transaction on an empty database. */
export interface KernelLock {
  release(): void;
}

// Long enough for somebody who only looks (isHeld) to be gone again.
const WAIT_MS = 100;

/** Takes the lock, or says undefined when somebody alive holds it. */
export function takeKernelLock(path: string): KernelLock | undefined {
  const database = new DatabaseSync(path, { timeout: WAIT_MS });
  try {
    database.exec("PRAGMA journal_mode = DELETE");
    database.exec("BEGIN EXCLUSIVE");
  } catch (thrown) {
    database.close();
    if (isBusy(thrown)) return undefined;
    throw thrown;
  }
  return {
    release() {
      if (database.isOpen) database.close();
    },
  };
}

/** Whether somebody alive holds the lock, without taking it. */
export function isHeld(path: string): boolean {
  if (!existsSync(path)) return false;
  const database = new DatabaseSync(path, { readOnly: true, timeout: 0 });
  try {
    database.prepare("SELECT count(*) FROM sqlite_schema").get();
    return false;
  } catch (thrown) {
    if (isBusy(thrown)) return true;
    throw thrown;
  } finally {
    database.close();
  }
}
