import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { errorCode } from "../../lib/error-code.ts";

/** Folders of a browser's own, for its profile, its downloads and what it takes for its home. */
export interface Scratch {
  readonly folder: string;
  /** For its temporary files, with a path that is short enough for its socket. */
  readonly temporary: string;
  /** Removes them; what still writes into them is outlasted for a moment. */
  remove(): void;
}

const PREFIX = "seaworthy-browser-";
/** Where a socket's path is short enough whatever TMPDIR says. */
const SHORT = "/tmp";
/** The system allows 104 characters on macOS, 108 on Linux; the browser adds `/org.chromium.Chromium.XXXXXX/SingletonSocket`. */
const LONGEST_TEMPORARY = 58;

/** Makes the folders, and removes those of processes of this machine that are gone. */
export function makeScratch(within = os.tmpdir()): Scratch {
  clearLeftovers(within);
  const folder = makeFolder(within);
  const inside = path.join(folder, "tmp");
  const isShort = inside.length <= LONGEST_TEMPORARY;
  if (isShort) mkdirSync(inside, { mode: 0o700 });
  const temporary = isShort ? inside : makeFolder(SHORT);
  return {
    folder,
    temporary,
    remove: () => {
      for (const each of new Set([folder, temporary])) remove(each);
    },
  };
}

/** Removes the folders of browsers whose Seaworthy was killed on this machine. */
export function clearLeftovers(within = os.tmpdir()): void {
  const mine = `${PREFIX}${machine()}-`;
  const left = [...new Set([within, SHORT])].flatMap((place) =>
    namesIn(place).map((name) => ({ name, folder: path.join(place, name) })),
  );
  for (const { name, folder } of left) {
    const pid = name.startsWith(mine) ? Number(name.slice(mine.length).split("-")[0]) : 0;
    if (Number.isInteger(pid) && pid > 0 && !runs(pid) && isOurs(folder)) remove(folder);
  }
}

function makeFolder(within: string): string {
  return mkdtempSync(path.join(within, `${PREFIX}${machine()}-${process.pid}-`));
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** A temporary folder may be shared with containers, whose process numbers say nothing here. Names of hosts are long. */
function machine(): string {
  return createHash("sha256").update(os.hostname()).digest("hex").slice(0, 8);
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
