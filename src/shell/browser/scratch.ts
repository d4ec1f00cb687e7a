import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { errorCode } from "../../lib/error-code.ts";

/** A folder of a browser's own, for its profile, its downloads and what it takes for its home. */
export interface Scratch {
  readonly folder: string;
  /** Removes it; what still writes into it is outlasted for a moment. */
  remove(): void;
}

const PREFIX = "seaworthy-browser-";

/** Makes the folder, and removes those of processes of this machine that are gone. */
export function makeScratch(within = os.tmpdir()): Scratch {
  clearLeftovers(within);
  const folder = mkdtempSync(path.join(within, `${PREFIX}${machine()}-${process.pid}-`));
  return { folder, remove: () => remove(folder) };
}

function clearLeftovers(within: string): void {
  const mine = `${PREFIX}${machine()}-`;
  for (const name of readdirSync(within).filter((each) => each.startsWith(mine))) {
    const pid = Number(name.slice(mine.length).split("-")[0]);
    if (Number.isInteger(pid) && pid > 0 && !runs(pid) && isOurs(path.join(within, name)))
      remove(path.join(within, name));
  }
}

/** A temporary folder may be shared with containers, whose process numbers say nothing here. */
function machine(): string {
  return os.hostname().replaceAll(/[^A-Za-z0-9.]/g, "_");
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}

function isOurs(folder: string): boolean {
  const found = statSync(folder, { throwIfNoEntry: false });
  return found !== undefined && found.uid === process.getuid?.();
}

function remove(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  } catch {
    // The next start removes it.
  }
}
