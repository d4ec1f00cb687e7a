import { createHash } from "node:crypto";
import { open, readdir, stat, type FileHandle } from "node:fs/promises";
import path from "node:path";
import { isMissing } from "../../lib/error-code.ts";
import { linePieces } from "../../lib/line-pieces.ts";
import type { Json } from "../../model/json.ts";
import type { LogPiece } from "../../ports/driver.ts";
import type { Layout } from "./layout.ts";

/** Where one part's log ended: which file, how far, and what stood right before. */
interface Place {
  readonly file: string;
  readonly at: number;
  readonly before: string;
}

type Marks = Readonly<Record<string, Place>>;

const FINGERPRINT_BYTES = 256;
/** A line that is still being written belongs to what comes after the mark. */
const UNFINISHED_BYTES = 65_536;
/** A first log file is made with its folder; one that is so much younger has had a forerunner. */
const FORERUNNER_MS = 5_000n;
const MOST_FILES = 10;

/** Where every log of a target ends now. */
export async function logMark(layout: Layout): Promise<Json> {
  const marks: Record<string, { file: string; at: number; before: string }> = {};
  for (const [part, file] of await logFiles(layout)) {
    const newest = (await openAll(file)).at(-1);
    if (newest === undefined) continue;
    await using handle = newest;
    const at = await lastWhole(handle);
    marks[part] = { file: await identity(handle), at, before: await fingerprint(handle, at) };
  }
  return marks;
}

/** Every line since the mark, part by part. What has been rotated away since is counted, as far as it can be known. */
export async function* logsSince(
  layout: Layout,
  mark: Json | undefined,
  signal: AbortSignal,
): AsyncGenerator<LogPiece> {
  const marks = readMarks(mark);
  const files = new Map(await logFiles(layout));
  const gone = Object.keys(marks ?? {}).filter((part) => !files.has(part));
  for (const part of gone) yield { part, text: "", lost: 1 };
  for (const [part, file] of files) yield* since(part, file, { marks, signal });
}

async function* since(
  part: string,
  file: string,
  { marks, signal }: { marks: Marks | undefined; signal: AbortSignal },
): AsyncGenerator<LogPiece> {
  const handles = await openAll(file);
  try {
    const begin = await beginning(handles, marks?.[part]);
    const lost = marks === undefined ? 0 : (begin?.lost ?? (await forerunners(handles, file)));
    if (lost > 0) yield { part, text: "", lost };
    for (const [index, handle] of handles.slice(begin?.index ?? 0).entries()) {
      const from = index === 0 ? (begin?.at ?? 0) : 0;
      for await (const text of linePieces(handle, { from, signal })) yield { part, text };
    }
  } finally {
    await Promise.all(handles.map((handle) => handle.close()));
  }
}

interface Beginning {
  readonly index: number;
  readonly at: number;
  readonly lost: number;
}

/** Where the marked file is now; undefined when nothing was marked. */
async function beginning(
  handles: readonly FileHandle[],
  place: Place | undefined,
): Promise<Beginning | undefined> {
  if (place === undefined) return undefined;
  for (const [index, handle] of handles.entries()) {
    if ((await identity(handle)) !== place.file) continue;
    if ((await fingerprint(handle, place.at)) === place.before)
      return { index, at: place.at, lost: 0 };
  }
  return { index: 0, at: 0, lost: 1 };
}

/** For a log that began after the mark: at least 1 when its first file is not there any more. */
async function forerunners(handles: readonly FileHandle[], file: string): Promise<number> {
  const [oldest] = handles;
  if (handles.length < 3 || oldest === undefined) return 0;
  const [first, folder] = [
    await oldest.stat({ bigint: true }),
    await stat(path.dirname(file), { bigint: true }),
  ];
  return first.birthtimeMs - folder.birthtimeMs > FORERUNNER_MS ? 1 : 0;
}

/** Part → its log, the front door first. */
async function logFiles(layout: Layout): Promise<readonly (readonly [string, string])[]> {
  const found: (readonly [string, string])[] = [];
  if (await isThere(layout.doorLog)) found.push(["front-door", layout.doorLog]);
  for (const { name: release } of (await entries(layout.logs)).filter((e) => e.isDirectory()))
    for (const { name } of await entries(layout.logsOf(release)))
      if (name.endsWith(".log"))
        found.push([`${release}/${name.slice(0, -4)}`, path.join(layout.logsOf(release), name)]);
  return found;
}

async function entries(folder: string) {
  try {
    const all = await readdir(folder, { withFileTypes: true });
    return all.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function isThere(file: string): Promise<boolean> {
  return (
    (await openIfThere(file).then(async (handle) => handle?.close().then(() => true))) === true
  );
}

/** All files of a log, oldest first, as they stood at one moment: rotation may happen in between, then it is done again. */
async function openAll(file: string): Promise<FileHandle[]> {
  for (let tries = 1; ; tries++) {
    const handles: FileHandle[] = [];
    for (let number = MOST_FILES; number >= 0; number--) {
      const handle = await openIfThere(number === 0 ? file : `${file}.${number}`);
      if (handle !== undefined) handles.push(handle);
    }
    const [newest, now] = [handles.at(-1), await openIfThere(file)];
    const same =
      newest === undefined ||
      now === undefined ||
      (await identity(newest)) === (await identity(now));
    await now?.close();
    const distinct = new Set(await Promise.all(handles.map(identity))).size === handles.length;
    if ((same && distinct) || tries >= 5) return handles;
    await Promise.all(handles.map((handle) => handle.close()));
  }
}

async function openIfThere(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Numbers of removed files are given to new ones, so the time of birth belongs to it. */
async function identity(handle: FileHandle): Promise<string> {
  const { dev, ino, birthtimeNs } = await handle.stat({ bigint: true });
  return `${dev}:${ino}:${birthtimeNs}`;
}

async function lastWhole(handle: FileHandle): Promise<number> {
  const { size } = await handle.stat();
  const end = await bytesBefore(handle, size, UNFINISHED_BYTES);
  const cut = end.lastIndexOf(10) + 1;
  return cut > 0 ? size - end.length + cut : size;
}

async function fingerprint(handle: FileHandle, at: number): Promise<string> {
  const bytes = await bytesBefore(handle, at, FINGERPRINT_BYTES);
  return createHash("sha256").update(bytes).digest("hex").slice(0, 32);
}

async function bytesBefore(handle: FileHandle, at: number, most: number): Promise<Buffer> {
  const length = Math.min(at, most);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, at - length);
  return buffer.subarray(0, bytesRead);
}

function readMarks(mark: Json | undefined): Marks | undefined {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by logMark
  return mark === undefined ? undefined : (mark as unknown as Marks);
}
