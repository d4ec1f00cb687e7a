import { Fault } from "../../../model/failure.ts";
import { showPlace } from "../../inside.ts";
import type { Finished } from "../../../ports/shell.ts";
import { hasPassed } from "../../kept.ts";
import type { Tables } from "../engine.ts";
import { withRoot } from "../root-words.ts";
import type { VolumeSpec } from "../spec.ts";
import { refused, type BackupWorld, type Tools } from "../tools.ts";
import { counted, COUNT } from "./scripts.ts";

/** A volume, where it can be reached. */
export interface Volume {
  readonly spec: VolumeSpec;
  readonly work: BackupWorld;
  /** The tools of the part that has the volume. */
  readonly there: Tools;
}

const FILES = "files";
const BYTES = "bytes in files";

/** How many files are in a folder, and how many bytes they have together. */
export async function countAt(
  tools: Tools,
  path: string,
  root: readonly string[] = [],
): Promise<Tables> {
  const argv = withRoot(root, "sh", "-eu", "-s", path);
  const said = await tools.ask({ argv, stdin: COUNT }, `count the files in ${path}`);
  const { files, bytes } = counted(said);
  return [
    { name: FILES, rows: files },
    { name: BYTES, rows: bytes },
  ];
}

/** What a person reads of them. */
export function countFiles(tables: Tables): Readonly<Record<string, number>> {
  const rowsOf = (wanted: string) => tables.find(({ name }) => name === wanted)?.rows ?? 0;
  return { files: rowsOf(FILES), content_bytes: rowsOf(BYTES) };
}

/** Whether tar, GNU's or busybox's, speaks of a file that was written to while it was read. */
export function isChanged({ tail }: Finished): boolean {
  return /file changed as we read it|file removed before|short read/i.test(tail);
}

/** Writes everything in a folder of the volume into a new tar. Fault `volume-changed`. */
export async function pack({ spec, there }: Volume, folder: string, to: string): Promise<void> {
  const { from } = await there.out({ argv: ["tar", "-cf", "-", "-C", folder, "."] }, to);
  if (hasPassed(from)) return;
  const fault = refused(from, {
    tool: "tar",
    deed: `copy ${folder}`,
    code: "volume-refused",
    place: spec.in,
  });
  if (!isChanged(from)) throw fault;
  throw new Fault({
    ...fault.failure,
    code: "volume-changed",
    what: `Files in ${folder} of ${showPlace(spec.in)} were written to while they were copied.`,
    fix: "Write `while: stopped`, so that nobody writes to them meanwhile.",
  });
}
