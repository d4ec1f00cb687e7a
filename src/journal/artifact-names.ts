import { lstatSync } from "node:fs";
import { isAbsolute, join, parse } from "node:path";
import { Fault } from "../model/failure.ts";

/** What this room itself keeps in the folder of a run. */
export const MANIFEST = "manifest.json";
export const CLOSED = ".closed.jsonl";

const MAX_SEGMENT_BYTES = 200;
const MAX_NAME_BYTES = 1000;
// oxlint-disable-next-line no-control-regex -- control characters are what this looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

/** Refuses a name that would lead out of the run's folder, could not be shown on one line, or is ours. */
export function checkArtifactName(name: string): void {
  const flaw = flawOf(name);
  if (flaw !== undefined) throw outside(name, flaw);
  if (isOurs(name)) {
    throw new Fault({
      code: "artifact-reserved",
      what: `${JSON.stringify(name)} is a file that Seaworthy itself keeps with each run.`,
      fix: "Choose another name under `save:`.",
    });
  }
}

/** Whether the manifest or our own notes have this name. */
export function isOurs(name: string): boolean {
  return name === CLOSED || /^manifest(\.\d+)?\.json$/.test(name) || name === `.${MANIFEST}.new`;
}

/** Refuses to follow a link, wherever on the way from the folder to the file it stands. */
export function checkNoLink(folder: string, name: string): void {
  let path = folder;
  for (const segment of name.split("/")) {
    path = join(path, segment);
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found === undefined) return;
    if (found.isSymbolicLink()) throw outside(name, `${segment} is a symbolic link`);
  }
}

/** The n-th name for the same wish: `logs/up.log`, `logs/up.2.log`, `logs/up.3.log`. */
export function numbered(wish: string, n: number): string {
  if (n === 1) return wish;
  const { dir, name, ext } = parse(wish);
  return join(dir, `${name}.${n}${ext}`);
}

function flawOf(name: string): string | undefined {
  if (name === "") return "it is empty";
  if (CONTROL.test(name) || !name.isWellFormed()) return "it holds control characters";
  if (isAbsolute(name) || name.includes("\\"))
    return "it is not a relative path with forward slashes";
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) return `it is longer than ${MAX_NAME_BYTES} bytes`;
  for (const segment of name.split("/")) {
    if (segment === "" || segment === "." || segment === "..")
      return "it has an empty, . or .. part";
    if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES) {
      return `a part of it is longer than ${MAX_SEGMENT_BYTES} bytes`;
    }
  }
  return undefined;
}

function outside(name: string, flaw: string): Fault {
  return new Fault({
    code: "artifact-outside",
    what: `${JSON.stringify(name)} is not a name for an artifact: ${flaw}.`,
    fix: "Use a relative path below the run's folder, such as `logs/up.log`.",
  });
}
