import { accessSync, constants, existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileTrouble, type FileTrouble } from "./lib/file-trouble.ts";
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
    const trouble = fileTrouble(thrown);
    if (!trouble) throw thrown;
    const { why, fix } = reasonOf(folder, trouble);
    const what = `The folder for runs ${folder} cannot be used: ${why}.`;
    throw new Fault({ code: "state-unusable", what, fix }, { cause: thrown });
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

function reasonOf(folder: string, { code, why, at }: FileTrouble): { why: string; fix: string } {
  const parent = path.dirname(folder);
  const elsewhere = "name another folder with --state";
  if (code === "ENOENT" && !existsSync(parent))
    return {
      why: `there is no folder ${parent}`,
      fix: `Make it first (mkdir -p ${parent}), or ${elsewhere}.`,
    };
  if (code === "ENOENT")
    return { why: `${parent} takes no folders`, fix: "Give --state a folder on a disk." };
  const where = at === undefined || at === folder ? "" : ` (${at})`;
  return { why: `${why}${where}`, fix: `Make it yours and writable, or ${elsewhere}.` };
}
