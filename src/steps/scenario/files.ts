import { readFileSync, realpathSync, statSync } from "node:fs";
import { rm, rmdir } from "node:fs/promises";
import { dirname, join, posix, sep } from "node:path";
import type { Work } from "../../ports/step-kind.ts";
import { climbs } from "../places.ts";
import type { ScenarioSpec } from "./spec.ts";

/** Whether a text is a key or a certificate. */
export function isPem(text: string): boolean {
  return text.includes("-----BEGIN ");
}

/** Absolute path of a file beside the scenario; undefined when there is none, or it lies outside of the project. */
export function fixture(
  { project, spec: { file } }: Pick<Work<ScenarioSpec>, "project" | "spec">,
  path: string,
): string | undefined {
  const place = posix.join(posix.dirname(file), path);
  if (path.startsWith("/") || path.includes("\0") || climbs(place)) return undefined;
  try {
    const real = realpathSync(join(project, place));
    const isInside = real.startsWith(`${realpathSync(project)}${sep}`);
    return isInside && statSync(real).isFile() ? real : undefined;
  } catch {
    return undefined;
  }
}

/** Text of a companion file as the plan has it; keys are read from the disk. */
export function companion(work: Work<ScenarioSpec>, path: string): string | undefined {
  const planned = work.spec.texts?.[path];
  if (planned !== undefined) return planned;
  const place = fixture(work, path);
  const text = place === undefined ? undefined : readFileSync(place, "utf8");
  return text !== undefined && isPem(text) ? text : undefined;
}

/** The folder for working files of one attempt: empty at its start, gone at its end. */
export interface WorkingFolder extends AsyncDisposable {
  readonly path: string;
}

/** Removes the working files that a killed process has left of a run. */
export async function clearScratch(store: string, run: string): Promise<void> {
  await rm(scratchOf(store, run), { recursive: true, force: true });
  await rmdir(dirname(scratchOf(store, run))).catch(() => undefined);
}

function scratchOf(store: string, run: string): string {
  return join(store, "scratch", run);
}

/** What a killed attempt of the step left behind goes; its files are never used again. */
export async function workingFolder({
  store,
  run,
  step,
  key,
}: Pick<Work<ScenarioSpec>, "store" | "run" | "step" | "key">): Promise<WorkingFolder> {
  const ofRun = scratchOf(store, run.id);
  const ofStep = join(ofRun, step.id);
  const remove = async () => {
    await rm(ofStep, { recursive: true, force: true });
    // Other steps of the run, or other runs, may still have theirs there.
    for (const folder of [ofRun, dirname(ofRun)]) await rmdir(folder).catch(() => undefined);
  };
  await remove();
  const [phase = "do", attempt = "1"] = key.split("/").slice(-2);
  return { path: join(ofStep, `${phase}-${attempt}`), [Symbol.asyncDispose]: remove };
}
