import { readdir } from "node:fs/promises";
import path from "node:path";
import { isMissing } from "../../lib/error-code.ts";
import { linePieces } from "../../lib/line-pieces.ts";
import {
  beginningAt,
  closeAll,
  endOfLog,
  hasForerunner,
  type LogPlace,
  openLog,
} from "../../lib/log-files.ts";
import type { Json } from "../../model/json.ts";
import type { LogPiece } from "../../ports/driver.ts";
import type { Layout } from "./layout.ts";

const DOOR = "front-door";

type Marks = Readonly<Record<string, LogPlace>>;

/** Nobody knows how much of it is gone. */
const SOMETHING = 1;

/** Where every log of a target ends now. */
export async function logMark(layout: Layout): Promise<Json> {
  const marks: Record<string, { file: string; at: number; before: string }> = {};
  for (const [part, file] of await logFiles(layout)) {
    const place = await endOfLog(file);
    if (place !== undefined) marks[part] = { ...place };
  }
  return marks;
}

/** Every line since the mark, part by part, in pieces; a part of whose log something is gone says so first. */
export async function* logsSince(
  layout: Layout,
  mark: Json | undefined,
  signal: AbortSignal,
): AsyncGenerator<LogPiece> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by logMark
  const marks = mark as unknown as Marks | undefined;
  const files = await logFiles(layout);
  const parts = new Set(files.map(([part]) => part));
  for (const part of Object.keys(marks ?? {}))
    if (!parts.has(part)) yield { part, text: "", lost: SOMETHING };
  for (const [part, file] of files) yield* since(part, file, { marks, signal });
}

async function* since(
  part: string,
  file: string,
  { marks, signal }: { marks: Marks | undefined; signal: AbortSignal },
): AsyncGenerator<LogPiece> {
  const origin: Partial<LogPiece> =
    part === DOOR ? { isDrivers: true } : { release: part.slice(0, part.indexOf("/")) };
  const handles = await openLog(file);
  try {
    const place = marks?.[part];
    const begin = place && (await beginningAt(handles, place));
    // A log that began after the mark may have been cut so often that its first file is gone.
    const isLost = begin?.lost ?? (marks !== undefined && (await hasForerunner(handles, file)));
    if (isLost) yield { part, text: "", lost: SOMETHING };
    for (const [index, handle] of handles.slice(begin?.index ?? 0).entries()) {
      const from = index === 0 ? (begin?.at ?? 0) : 0;
      for await (const text of linePieces(handle, { from, signal }))
        yield { part, text, ...origin };
    }
  } finally {
    await closeAll(handles);
  }
}

/** Part → its log, the front door first. */
async function logFiles(layout: Layout): Promise<readonly (readonly [string, string])[]> {
  const found: (readonly [string, string])[] = [];
  const logs = await entries(layout.logs);
  if (logs.some(({ name }) => name === path.basename(layout.doorLog)))
    found.push([DOOR, layout.doorLog]);
  for (const { name: release } of logs.filter((entry) => entry.isDirectory()))
    for (const { name } of await entries(layout.logsOf(release)))
      if (name.endsWith(".log"))
        found.push([
          `${release}/${name.slice(0, -".log".length)}`,
          path.join(layout.logsOf(release), name),
        ]);
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
