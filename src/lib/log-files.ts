import { createHash } from "node:crypto";
import { open, stat, type FileHandle } from "node:fs/promises";
import path from "node:path";
import { isMissing } from "./error-code.ts";

/** Where a log ended: in which file, how far, and what stood right before. */
export interface LogPlace {
  readonly file: string;
  readonly at: number;
  readonly before: string;
}

/** From where to read: which of a log's files, which byte. `lost`: what was marked is not there any more. */
export interface Beginning {
  readonly index: number;
  readonly at: number;
  readonly lost: boolean;
}

const FINGERPRINT_BYTES = 256;
/** A line that is still being written belongs to what comes after. */
const UNFINISHED_BYTES = 65_536;
/** A first log file is made with its folder; one that is so much younger has had a forerunner. */
const FORERUNNER_MS = 5_000n;
const MOST_FILES = 10;

/** All files of a log that is cut by size (`<file>`, `<file>.1` …), oldest first, as they stood at one moment. */
export async function openLog(file: string): Promise<FileHandle[]> {
  for (let tries = 1; ; tries++) {
    const handles: FileHandle[] = [];
    for (let number = MOST_FILES; number >= 0; number--) {
      const handle = await openIfThere(number === 0 ? file : `${file}.${number}`);
      if (handle !== undefined) handles.push(handle);
    }
    // It may have been cut in between; then a file is missing, or there twice.
    if ((await isOneMoment(handles, file)) || tries >= 5) return handles;
    await closeAll(handles);
  }
}

export async function closeAll(handles: readonly FileHandle[]): Promise<void> {
  await Promise.all(handles.map((handle) => handle.close()));
}

/** Where a log ends now; undefined when there is none. */
export async function endOfLog(file: string): Promise<LogPlace | undefined> {
  const handles = await openLog(file);
  try {
    const newest = handles.at(-1);
    if (newest === undefined) return undefined;
    const at = await lastWhole(newest);
    return { file: await identity(newest), at, before: await fingerprint(newest, at) };
  } finally {
    await closeAll(handles);
  }
}

/** Where a marked place is now among a log's files. */
export async function beginningAt(
  handles: readonly FileHandle[],
  place: LogPlace,
): Promise<Beginning> {
  for (const [index, handle] of handles.entries()) {
    if ((await identity(handle)) !== place.file) continue;
    if ((await fingerprint(handle, place.at)) === place.before)
      return { index, at: place.at, lost: false };
  }
  return { index: 0, at: 0, lost: true };
}

/** Whether the first of a log's files is not there any more, as far as it can be known. */
export async function hasForerunner(
  handles: readonly FileHandle[],
  file: string,
): Promise<boolean> {
  const [oldest] = handles;
  if (handles.length < 3 || oldest === undefined) return false;
  const first = await oldest.stat({ bigint: true });
  const folder = await stat(path.dirname(file), { bigint: true });
  return first.birthtimeMs - folder.birthtimeMs > FORERUNNER_MS;
}

async function isOneMoment(handles: readonly FileHandle[], file: string): Promise<boolean> {
  const newest = handles.at(-1);
  const now = await openIfThere(file);
  if (newest === undefined || now === undefined) return now === newest;
  try {
    const all = await Promise.all(handles.map(identity));
    return new Set(all).size === all.length && all.at(-1) === (await identity(now));
  } finally {
    await now.close();
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
