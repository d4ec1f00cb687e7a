import { constants } from "node:fs";
import { lstat, readdir, readlink } from "node:fs/promises";
import path from "node:path";
import { eachAtOnce } from "../../lib/at-once.ts";
import { sha256, sha256File } from "../../lib/digest.ts";
import { fileTrouble } from "../../lib/file-trouble.ts";
import { Fault } from "../../model/failure.ts";
import { wayOut } from "./manifest-links.ts";

/** One thing below a folder; `path` begins at the folder, with `/` between its parts. */
export type Entry =
  | { readonly kind: "folder"; readonly path: string }
  | {
      readonly kind: "file";
      readonly path: string;
      readonly isExecutable: boolean;
      readonly bytes: number;
      readonly sha256: string;
    }
  | { readonly kind: "link"; readonly path: string; readonly target: string };

/** All that is in a folder, and a digest that says it in one word. */
export interface Manifest {
  readonly entries: readonly Entry[];
  readonly files: number;
  /** Of all files together. */
  readonly bytes: number;
  /** Of the list of all entries with their modes, targets and digests; a host makes the same list. */
  readonly sha256: string;
}

/** Reads a folder, all of it. Fault `link-leaves-folder`, `not-sendable`, `folder-not-readable`. */
export async function readManifest(folder: string): Promise<Manifest> {
  let entries: readonly Entry[];
  try {
    entries = await read(folder);
  } catch (error) {
    const trouble = fileTrouble(error);
    if (trouble === undefined) throw error;
    throw unreadable(trouble.at ?? folder, trouble.why, error);
  }
  refuseWaysOut(folder, entries);
  const files = entries.filter((each) => each.kind === "file");
  const bytes = files.reduce((sum, each) => sum + each.bytes, 0);
  return { entries, files: files.length, bytes, sha256: sha256(listOf(entries)) };
}

/**
 * The list that both ends make: first each entry with its kind and mode, then each file with its digest, both in the
 * order of their bytes. Every entry ends in a zero byte, which no name can hold; no path holds `//`.
 */
function listOf(entries: readonly Entry[]): string {
  const kinds = inOrder(entries.map(kindOf));
  const files = entries.filter((each) => each.kind === "file");
  const byPath = new Map(files.map((each) => [`./${each.path}`, each.sha256]));
  const sums = inOrder([...byPath.keys()]).map((name) => `${byPath.get(name)}  ${name}`);
  return [...kinds, ...sums].map((line) => `${line}\0`).join("");
}

/** One entry as it stands in the first half of the list. */
export function kindOf(entry: Entry): string {
  if (entry.kind === "folder") return `d 755 ./${entry.path}`;
  if (entry.kind === "link") return `l ./${entry.path}//${entry.target}`;
  return `f ${entry.isExecutable ? 755 : 644} ./${entry.path}`;
}

/** As `LC_ALL=C sort` has it. */
function inOrder(lines: readonly string[]): readonly string[] {
  return lines
    .map((line) => Buffer.from(line))
    .toSorted((a, b) => Buffer.compare(a, b))
    .map((line) => line.toString());
}

/** Most of the time goes by between opening one file and the next. */
const FILES_AT_ONCE = 8;

async function read(folder: string): Promise<readonly Entry[]> {
  const found: (() => Promise<Entry>)[] = [];
  await walk({ folder, found }, "");
  const settled = await eachAtOnce(found, FILES_AT_ONCE, (entry) => entry());
  return settled.map((each) => {
    if (each.status === "rejected") throw each.reason;
    return each.value;
  });
}

interface Walk {
  readonly folder: string;
  /** What is left to be done for each entry. */
  readonly found: (() => Promise<Entry>)[];
}

const ANY_EXECUTE = 0o111;

async function walk(within: Walk, below: string): Promise<void> {
  const names = await readdir(path.join(within.folder, below), { encoding: "buffer" });
  for (const name of names) {
    const at = below === "" ? utf8(name, within.folder) : `${below}/${utf8(name, within.folder)}`;
    await enter(within, at);
  }
}

async function enter(within: Walk, at: string): Promise<void> {
  const whole = path.join(within.folder, at);
  const found = await lstat(whole);
  const add = (entry: () => Promise<Entry>) => void within.found.push(entry);
  if (found.isDirectory()) {
    add(async () => ({ kind: "folder", path: at }));
    await walk(within, at);
  } else if (found.isSymbolicLink()) {
    add(async () => ({
      kind: "link",
      path: at,
      target: utf8(await readlink(whole, { encoding: "buffer" }), whole),
    }));
  } else if (found.isFile()) {
    const isExecutable = (found.mode & ANY_EXECUTE) !== 0;
    // What became a link, or a pipe that nobody writes to, since we looked must not be followed.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    add(async () => ({
      kind: "file",
      path: at,
      isExecutable,
      ...(await sha256File(whole, flags)),
    }));
  } else {
    throw new Fault({
      code: "not-sendable",
      what: `${whole} is a pipe, a socket or a device, and can't be sent.`,
      fix: "Take it out of the folder.",
    });
  }
}

function utf8(bytes: Buffer, where: string): string {
  const text = bytes.toString("utf8");
  if (Buffer.from(text).equals(bytes)) return text;
  throw new Fault({
    code: "not-sendable",
    what: `In ${where} a name or a link's target is not UTF-8: ${JSON.stringify(text)}.`,
    fix: "Name it in UTF-8.",
  });
}

function refuseWaysOut(folder: string, entries: readonly Entry[]): void {
  const links = new Map(
    entries.flatMap((each) => (each.kind === "link" ? [[each.path, each.target]] : [])),
  );
  for (const [at, target] of links)
    if (wayOut(at, links))
      throw new Fault({
        code: "link-leaves-folder",
        what: `${path.join(folder, at)} is a link to ${target}, which is outside of what is sent.`,
        fix: "Put a copy in its place, or let it lead to something in the folder, with a relative path.",
      });
}

function unreadable(at: string, why: string, cause: unknown): Fault {
  return new Fault(
    {
      code: "folder-not-readable",
      what: `${at} can't be read: ${why}.`,
      fix: "See that it is there and that you may read it, and that nothing changes in the folder while it is sent.",
    },
    { cause },
  );
}
