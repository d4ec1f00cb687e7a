import { mkdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { Fault } from "../../../model/failure.ts";
import { showPlace } from "../../inside.ts";
import type { Engine, Tables } from "../engine.ts";
import { lastBytes } from "../file-end.ts";
import type { VolumeSpec } from "../spec.ts";
import { openTools, type BackupWorld, type Tools } from "../tools.ts";
import { BYTES, countAt, FILES, pack, type Volume } from "./files.ts";
import { putBackVolume } from "./restore.ts";
import { stoppedRelease, whileStopped, type Stopper } from "./stopped.ts";

/** The files of a volume, as a tar made by a part that has it; tried out by unpacking it here. */
export function volume(spec: VolumeSpec, work: Stopper): Engine {
  const opened = { spec, work, there: toolsOf(spec, work) };
  const here = openTools(work, { env: {}, code: "volume-refused" });
  const stopped = <T>(deed: (at: Volume) => Promise<T>): Promise<T> =>
    whileStopped(work, spec.in.target, (release) => {
      const fresh = { ...spec, in: { ...spec.in, as: "fresh" as const } };
      const then = { ...work, release };
      return deed({ work, spec: fresh, there: toolsOf(fresh, then) });
    });
  return {
    name: `${spec.path} of ${showPlace(spec.in)}`,
    ending: "tar",
    count: (tables) => ({ files: rowsOf(tables, FILES), content_bytes: rowsOf(tables, BYTES) }),
    // Before the first release nothing of the target runs, and nobody has written anything.
    exists: async () =>
      stoppedRelease(work) !== undefined ||
      (await work.driver(spec.in.target).current(work.act())) !== undefined,
    sweep: async () => undefined,
    copy: (to) => (spec.while === "running" ? copy(opened, to) : stopped((at) => copy(at, to))),
    async check(file) {
      await refuseDamaged(here, file);
      return undefined;
    },
    tryOut: (file, folder) => tryOut(here, file, folder),
    // A program that runs would go on with its old files, which are open, and write to them what nobody finds again.
    putBack: (file, aside) => stopped((at) => putBackVolume(at, file, aside)),
  };
}

function rowsOf(tables: Tables, wanted: string): number {
  return tables.find(({ name }) => name === wanted)?.rows ?? 0;
}

function toolsOf(spec: VolumeSpec, work: BackupWorld): Tools {
  return openTools(work, { in: spec.in, env: {}, code: "volume-refused" });
}

/** In use, files may change between the counting and the copying: what was the same before and after must be in the copy. */
async function copy(at: Volume, to: string): Promise<Tables> {
  const before = await countAt(at.there, at.spec.path);
  await pack(at, at.spec.path, to);
  const after = await countAt(at.there, at.spec.path);
  return before.map((each, index) =>
    after[index]?.rows === each.rows ? each : { ...each, isMoving: true as const },
  );
}

/** A tar that was cut at the end of a block reads well; only its own end, two blocks of zeros, says that it is whole. */
async function refuseDamaged(here: Tools, file: string): Promise<void> {
  const end = await lastBytes(file, 1024);
  const isEnded = end.length === 1024 && end.every((byte) => byte === 0);
  const why = isEnded ? await unreadable(here, file) : "its end is missing";
  if (why === undefined) return;
  throw new Fault({
    code: "backup-damaged",
    what: `The copy ${basename(file)} can't be read to its end: ${why}.`,
    fix: "Run it again; if it stays so, see whether the disk is full or damaged, and whether the connection holds.",
  });
}

async function unreadable(here: Tools, file: string): Promise<string | undefined> {
  try {
    await here.into({ argv: ["tar", "-tf", "-"] }, file, "read the copy");
    return undefined;
  } catch (error) {
    if (!(error instanceof Fault) || error.failure.code !== "volume-refused") throw error;
    return error.failure.detail?.split("\n")[0] ?? "tar refuses it";
  }
}

async function tryOut(here: Tools, file: string, folder: string): Promise<Tables> {
  const scratch = join(folder, "unpacked.scratch");
  await rm(scratch, { recursive: true, force: true });
  try {
    await mkdir(scratch, { mode: 0o700 });
    const argv = ["tar", "-xf", "-", "-o", "-C", scratch] as const;
    await here.into({ argv }, file, "unpack the copy on trial");
    return await countAt(here, scratch);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
