import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { showPlace } from "../../inside.ts";
import type { Engine, Tables } from "../engine.ts";
import type { VolumeSpec } from "../spec.ts";
import { openTools, type BackupWorld, type Tools } from "../tools.ts";
import { refuseDamagedTar } from "./check.ts";
import { countAt, countFiles, pack, type Volume } from "./files.ts";
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
    count: countFiles,
    // Before the first release nothing of the target runs, and nobody has written anything.
    exists: async () =>
      stoppedRelease(work) !== undefined ||
      (await work.driver(spec.in.target).current(work.act())) !== undefined,
    sweep: async () => undefined,
    copy: (to) => (spec.while === "running" ? copy(opened, to) : stopped((at) => copy(at, to))),
    async check(file) {
      await refuseDamagedTar(here, file, "volume-refused");
      return undefined;
    },
    tryOut: (file, folder) => tryOut(here, file, folder),
    // A program that runs would go on with its old files, which are open, and write to them what nobody finds again.
    putBack: (file, aside) => stopped((at) => putBackVolume(at, file, aside)),
  };
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
