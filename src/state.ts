import { accessSync, constants, existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Fault } from "./model/failure.ts";

/**
 * Makes the folder of the state, or takes the one that is there. Fault `state-unusable`.
 *
 * Nothing of the state belongs into git, and nobody else may look.
 */
export function makeState(folder: string): void {
  try {
    makeFolder(folder);
    writeUnlessThere(path.join(folder, ".gitignore"), "*\n");
    for (const file of ["", "journal.db", "journal.db-wal", "journal.mark"])
      checkOurs(path.join(folder, file));
  } catch (thrown) {
    if (!(thrown instanceof Error && "code" in thrown && "syscall" in thrown)) throw thrown;
    throw unusable(folder, thrown);
  }
}

/** Only the last part: a mistyped path must not become a tree of folders. */
function makeFolder(folder: string): void {
  if (isFolder(folder)) return;
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (thrown) {
    // Another process may have made it meanwhile.
    if (!isFolder(folder)) throw thrown;
  }
}

function isFolder(at: string): boolean {
  return statSync(at, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function writeUnlessThere(file: string, text: string): void {
  if (!existsSync(file)) writeFileSync(file, text, { mode: 0o600 });
}

function checkOurs(at: string): void {
  // oxlint-disable-next-line no-bitwise -- access(2) flags
  if (existsSync(at)) accessSync(at, constants.R_OK | constants.W_OK);
}

/** What the kernel answers, in words. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: "you may not write there",
  EPERM: "you may not write there",
  EROFS: "the file system is read-only",
  ENOTDIR: "a part of the path is a file, not a folder",
  EEXIST: "there is a file of that name",
  ENOSPC: "the disk is full",
  EDQUOT: "your quota on that disk is used up",
  ELOOP: "its links lead in a circle",
  ENAMETOOLONG: "the path is too long",
};

function unusable(folder: string, cause: Error & { readonly code: unknown }): Fault {
  const { why, fix } = reasonOf(folder, String(cause.code), pathIn(cause));
  const what = `The folder for runs ${folder} cannot be used: ${why}.`;
  return new Fault({ code: "state-unusable", what, fix }, { cause });
}

function reasonOf(folder: string, code: string, at: string): { why: string; fix: string } {
  const parent = path.dirname(folder);
  const elsewhere = "name another folder with --state";
  if (code === "ENOENT" && !existsSync(parent))
    return {
      why: `there is no folder ${parent}`,
      fix: `Make it first (mkdir -p ${parent}), or ${elsewhere}.`,
    };
  if (code === "ENOENT")
    return { why: `${parent} takes no folders`, fix: `Give --state a folder on a disk.` };
  const why = `${REASONS[code] ?? code}${at === folder || at === "" ? "" : ` (${at})`}`;
  return { why, fix: `Make it yours and writable, or ${elsewhere}.` };
}

function pathIn(error: Error): string {
  return "path" in error && typeof error.path === "string" ? error.path : "";
}
