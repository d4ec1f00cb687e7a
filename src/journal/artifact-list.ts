import { appendFileSync, constants, existsSync, readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { sha256File } from "../lib/digest.ts";
import type { Evidence } from "../model/evidence.ts";
import { CLOSED, isOurs } from "./artifact-names.ts";

/** Writes down what a sink has stored, so that its digest, and what was left out, outlive the process. */
export function noteClosed(root: string, evidence: Evidence): void {
  // The newline in front ends a line that a crash may have cut.
  const line = `\n${JSON.stringify(evidence)}\n`;
  appendFileSync(join(root, CLOSED), line, { mode: 0o600, flush: true });
}

/**
 * Every artifact below `root`, by name: those of closed sinks with the digest they had then, those that other processes
 * put there with the digest they have now. `open` ones are still being written.
 */
export async function listEvidence(
  root: string,
  open: ReadonlySet<string>,
): Promise<readonly Evidence[]> {
  const closed = new Map(notes(root).map((evidence) => [evidence.name, evidence]));
  const others = (await filesIn(root)).filter((name) => !closed.has(name) && !open.has(name));
  const found = [...closed.values()];
  for (const name of others) {
    // One after another: side by side they would only fight for the same disk.
    // oxlint-disable-next-line no-await-in-loop
    found.push({ name, ...(await digestOf(join(root, name))) });
  }
  return found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function notes(root: string): readonly Evidence[] {
  const path = join(root, CLOSED);
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8").split("\n").flatMap(parseNote);
}

/** A line that a crash has cut says nothing; its file is then treated like one of another process. */
function parseNote(line: string): readonly Evidence[] {
  try {
    const note: Evidence = JSON.parse(line);
    return [note];
  } catch {
    return [];
  }
}

/** Names of the plain files below the folder. Links are not followed, and what is not a file is not evidence. */
async function filesIn(root: string): Promise<readonly string[]> {
  if (!existsSync(root)) return [];
  const found = await readdir(root, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .filter((name) => !isOurs(name));
}

function digestOf(path: string) {
  // oxlint-disable-next-line no-bitwise -- open(2) flags
  return sha256File(path, constants.O_RDONLY | constants.O_NOFOLLOW);
}
