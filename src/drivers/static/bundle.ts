import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { lstat, open, readdir, realpath, stat } from "node:fs/promises";
import path from "node:path";
import { contentType } from "../../lib/content-type.ts";
import { fileTrouble } from "../../lib/file-trouble.ts";
import { nearest } from "../../lib/nearest.ts";
import { Fault } from "../../model/failure.ts";
import type { Release } from "../../model/release.ts";
import { kindOf } from "./kind.ts";
import type { Manifest, Shown } from "./manifest.ts";
import type { Options } from "./options.ts";

/** A release's files where they are built, with what is known of each. */
export interface Bundle {
  readonly manifest: Manifest;
  /** Absolute path of a file of the manifest. */
  readonly source: (file: Pick<Shown, "path">) => string;
}

type Wanted = Pick<Options, "document" | "entry" | "hashed" | "cache" | "types">;

const MOST_FILES = 200_000;
/** What our own things are called where a site is kept. */
export const OWN = "_seaworthy";

/**
 * Reads a folder that is to be shown. Links are followed as far as they stay in it, so that what is shown holds none.
 * Fault `folder-not-readable`, `link-leaves-folder`, `not-a-file`, `no-document`, `too-many-files`.
 */
export async function readBundle(
  from: string,
  { release, wanted, signal }: { release: Release; wanted: Wanted; signal: AbortSignal },
): Promise<Bundle> {
  const sources = new Map<string, string>();
  const files: Shown[] = [];
  try {
    await walk({ root: await realpath(from), sources, signal }, "", [await realpath(from)]);
    for (const [name, source] of sources) {
      signal.throwIfAborted();
      files.push(await shownOf(name, source, wanted));
    }
  } catch (error) {
    const trouble = fileTrouble(error);
    if (trouble === undefined) throw error;
    if (trouble.code === "ENOENT" && trouble.at === from) throw await notThere(from);
    throw unreadable(trouble.at ?? from, trouble.why);
  }
  if (!sources.has(wanted.document)) throw noDocument(from, wanted.document);
  return {
    manifest: { format: 1, release, document: wanted.document, files: files.toSorted(byPath) },
    source: ({ path: name }) => sources.get(name) ?? path.join(from, name),
  };
}

function byPath(a: Shown, b: Shown): number {
  return a.path < b.path ? -1 : 1;
}

interface Walk {
  readonly root: string;
  readonly sources: Map<string, string>;
  readonly signal: AbortSignal;
}

/** `above`: the folders that lead here, so that a link to one of them is found. */
async function walk(within: Walk, below: string, above: readonly string[]): Promise<void> {
  const folder = above.at(-1) ?? within.root;
  for (const bytes of await readdir(folder, { encoding: "buffer" })) {
    within.signal.throwIfAborted();
    const name = utf8(bytes, folder);
    // The project's own state may lie in the folder that is shown.
    if (name === ".git" || (below === "" && (name === ".seaworthy" || name === OWN))) continue;
    await enter(within, { name: below === "" ? name : `${below}/${name}`, folder, above });
  }
}

async function enter(
  within: Walk,
  { name, folder, above }: { name: string; folder: string; above: readonly string[] },
): Promise<void> {
  const at = path.join(folder, path.basename(name));
  const real = (await lstat(at)).isSymbolicLink() ? await inside(within.root, at) : at;
  const found = await stat(real);
  if (found.isDirectory()) {
    if (above.includes(real)) throw wayOut(at, "leads to a folder that it is in");
    await walk(within, name, [...above, real]);
  } else if (found.isFile()) {
    if (within.sources.size >= MOST_FILES) throw tooMany(within.root);
    within.sources.set(name, real);
  } else {
    throw new Fault({
      code: "not-a-file",
      what: `${at} is a pipe, a socket or a device, and can't be shown.`,
      fix: "Take it out of the folder.",
    });
  }
}

async function inside(root: string, link: string): Promise<string> {
  const real = await realpath(link).catch(() => undefined);
  if (real === undefined) throw wayOut(link, "leads to nothing");
  if (real !== root && !real.startsWith(`${root}${path.sep}`))
    throw wayOut(link, `leads to ${real}, out of what is shown`);
  return real;
}

async function shownOf(name: string, source: string, wanted: Wanted): Promise<Shown> {
  const kind = kindOf(name, wanted);
  return {
    path: name,
    ...(await digests(source)),
    type: contentType(name, wanted.types),
    cache: kind === "hashed" ? wanted.cache.hashed : wanted.cache.entry,
    kind,
  };
}

async function digests(file: string): Promise<Pick<Shown, "bytes" | "sha256" | "md5">> {
  const [sha, md5] = [createHash("sha256"), createHash("md5")];
  // What became a link, or a pipe that nobody writes to, since we looked must not be followed.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  await using handle = await open(file, flags);
  const buffer = new Uint8Array(256 * 1024);
  for (let bytes = 0; ;) {
    // oxlint-disable-next-line no-await-in-loop
    const { bytesRead } = await handle.read(buffer);
    if (bytesRead === 0) return { bytes, sha256: sha.digest("hex"), md5: md5.digest("hex") };
    bytes += bytesRead;
    sha.update(buffer.subarray(0, bytesRead));
    md5.update(buffer.subarray(0, bytesRead));
  }
}

function utf8(bytes: Buffer, folder: string): string {
  const text = bytes.toString("utf8");
  if (Buffer.from(text).equals(bytes)) return text;
  throw new Fault({
    code: "not-a-file",
    what: `In ${folder} a name is not UTF-8: ${JSON.stringify(text)}.`,
    fix: "Name it in UTF-8: a URL could not say it.",
  });
}

function wayOut(link: string, how: string): Fault {
  return new Fault({
    code: "link-leaves-folder",
    what: `The link ${link} ${how}.`,
    fix: "Put a copy in its place, or let it lead to a file in the folder.",
  });
}

function tooMany(root: string): Fault {
  return new Fault({
    code: "too-many-files",
    what: `${root} holds more than ${MOST_FILES} files.`,
    fix: "See that `from` of the deploy step names the folder that is built, and not all of the project.",
  });
}

function noDocument(from: string, document: string): Fault {
  return new Fault({
    code: "no-document",
    what: `${from} has no ${document}, which people come to first.`,
    fix: "Build it before this step, say with `from` where it is, or name another `document`.",
  });
}

async function notThere(from: string): Promise<Fault> {
  const above = path.dirname(from);
  const beside = await readdir(above, { withFileTypes: true }).catch(() => []);
  const folders = beside.filter((each) => each.isDirectory()).map(({ name }) => name);
  const meant = nearest(path.basename(from), folders);
  return new Fault({
    code: "folder-not-readable",
    what: `There is no folder ${from} with what is to be shown.`,
    fix: `${meant === undefined ? "" : `Is ${path.join(above, meant)} meant? `}Correct \`from\` of the deploy step, or build the folder before it.`,
  });
}

function unreadable(at: string, why: string): Fault {
  return new Fault({
    code: "folder-not-readable",
    what: `${at} can't be read: ${why}.`,
    fix: "See that it is built and that nothing writes to it meanwhile.",
  });
}
