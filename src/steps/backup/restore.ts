import { showDuration } from "../../lib/duration.ts";
import { Fault } from "../../model/failure.ts";
import type { Result } from "../../model/event.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import { resolve } from "../../model/lookup.ts";
import type { Work } from "../../ports/step-kind.ts";
import { chosen } from "./chosen.ts";
import type { Engine } from "./engine.ts";
import { overFile } from "./file-engine.ts";
import { folderOf } from "./folder-on-host.ts";
import { type BackupSpec, keeperOf } from "./spec.ts";
import type { BackupWorld } from "./tools.ts";
import { sqlite } from "./sqlite/index.ts";

type Facts = Readonly<Record<string, Json>>;

/** What a backup step left for those who restore. */
export type Kept =
  | {
      readonly state: "copied";
      readonly database: string;
      readonly path: string;
      readonly sha256: string;
      /** Name of the host that keeps it; absent: this machine does. */
      readonly host?: string;
      /** What was in it: `{ tables: 3, rows: 40 }`. */
      readonly counts: Readonly<Record<string, number>>;
    }
  /** There was no database before the run. */
  | { readonly state: "missing"; readonly database: string }
  /** The step never came so far. */
  | { readonly state: "nothing" };

/** Reads the facts of a backup step. */
export function keptBy(facts: Facts): Kept {
  const { database, path, sha256, missing, host } = facts;
  if (typeof database !== "string") return { state: "nothing" };
  if (missing === true) return { state: "missing", database };
  if (typeof path !== "string" || typeof sha256 !== "string") return { state: "nothing" };
  const counts = COUNTED.flatMap((name) => {
    const many = facts[name];
    return typeof many === "number" ? [[name, many] as const] : [];
  });
  return {
    state: "copied",
    database,
    path,
    sha256,
    ...(typeof host === "string" && { host }),
    counts: Object.fromEntries(counts),
  };
}

/** Whatever kind of data it is. */
const COUNTED = ["tables", "rows", "files", "content_bytes"] as const;

/** Whether the copy is there and is the very one that was verified. Fault `backup-gone`, `backup-changed`. */
export async function confirm(
  kept: Kept & { readonly state: "copied" },
  work: BackupWorld & Pick<Work<unknown>, "plan" | "factsOf">,
): Promise<void> {
  const { sha256, host } = kept;
  const folder = await folderOf(work, work.step.id, host === undefined ? undefined : { host });
  const path = folder.show(kept.path);
  const found = await folder.digest(kept.path).catch((error: unknown) => {
    if (error instanceof Fault && error.failure.code === "host-unreachable") throw error;
    throw new Fault(
      {
        code: "backup-gone",
        what: `The backup ${path} can't be read: ${error instanceof Error ? error.message : String(error)}.`,
        fix: "Put the file back, or restore the data by hand from another backup.",
      },
      { cause: error },
    );
  });
  if (found.sha256 === sha256) return;
  throw new Fault({
    code: "backup-changed",
    what: `The backup ${path} is not what it was: its sha256 is ${found.sha256.slice(0, 12)}…, and ${sha256.slice(0, 12)}… was written down.`,
    fix: "Don't restore it blindly. See who changed it, and restore the data by hand.",
  });
}

/** Puts the data back as a backup step found them; what was there until now is kept beside the backup, and said where. */
export async function putBack(
  work: Work<unknown>,
  backupStep: string,
  kept: Kept,
): Promise<Result> {
  if (kept.state === "nothing")
    return { outcome: "passed", summary: "there is no backup to restore" };
  const engine = engineOf(work, backupStep, kept.database);
  if (kept.state === "copied") await confirm(kept, work);
  const keeper = keeperOf(specOf(work, backupStep));
  const folder = await folderOf(work, backupStep, keeper);
  const aside = await folder.free(`${work.run.id}-replaced`, engine.ending);
  // An attempt that a crash ended may have replaced data already: those are in its own file.
  let replaced = replacedBy(work.facts);
  const keeping = async () => {
    replaced = together(replaced, folder.show(aside));
    await work.note({ replaced });
  };
  // After a first deploy was taken back nothing of the target runs: its tools can't be asked, and nobody else can ask them.
  if (kept.state === "missing" && !(await engine.exists()))
    return restored("there was no database before, and there is none", engine.name, { replaced });
  const copy = kept.state === "copied" ? kept.path : undefined;
  const began = work.clock.monotonic();
  const { tables, refusal } = await engine.putBack(copy, { file: aside, keeping });
  const tookMs = Math.round(work.clock.monotonic() - began);
  if (kept.state === "missing")
    return restored("there was no database before, and there is none", engine.name, { replaced });
  const now = engine.count(tables);
  const counts = Object.entries(now).map(([what, many]) => `${many} ${what}`);
  const deed = `restored ${counts.join(", ")} from ${folder.show(kept.path)} in ${showDuration(tookMs)}`;
  const { within } = specOf(work, backupStep);
  const result = restored(deed, engine.name, { replaced, refusal });
  const warnings = [
    ...(result.warnings ?? []),
    ...otherThan(kept.counts, now),
    ...tooSlow(within, tookMs, "Putting the copy back took"),
  ];
  return { ...result, numbers: { restore_ms: tookMs, ...now }, warnings };
}

/** Somebody may have written already; else it is not what was copied. */
function otherThan(
  then: Readonly<Record<string, number>>,
  now: Readonly<Record<string, number>>,
): readonly string[] {
  const other = Object.entries(then).filter(([what, many]) => now[what] !== many);
  if (other.length === 0) return [];
  const words = other.map(([what, many]) => `${now[what] ?? "no"} ${what} instead of ${many}`);
  return [`Right after it was put back there were ${words.join(", ")}: see who writes to it.`];
}

/** What was promised, and was not kept. */
export function tooSlow(
  within: number | undefined,
  tookMs: number,
  deed: string,
): readonly string[] {
  if (within === undefined || tookMs <= within) return [];
  return [`${deed} ${showDuration(tookMs)}; ${showDuration(within)} was promised (\`within\`).`];
}

/** The spec of a backup step as the plan has it: its secrets are not looked up. */
function specOf(
  work: Pick<Work<unknown>, "plan" | "step" | "spec">,
  backupStep: string,
): BackupSpec {
  const raw = work.plan.steps.find(({ id }) => id === backupStep)?.spec ?? {};
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- read by its schema when the plan was made
  return (work.step.id === backupStep ? work.spec : raw) as BackupSpec;
}

/** A step that restores the backup of another one knows the secrets of its own alone. */
function engineOf(work: Work<unknown>, backupStep: string, database: string): Engine {
  const raw = work.plan.steps.find(({ id }) => id === backupStep)?.spec ?? {};
  const isElsewhere = ["postgres", "mysql", "volume", "folder", "in"].some((name) => name in raw);
  if (!isElsewhere) return overFile(sqlite, database, work.signal);
  const found = work.step.id === backupStep ? work.spec : answered(work, raw, backupStep);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- read by its schema when the plan was made
  return chosen(found as BackupSpec, work);
}

function answered({ secrets, step }: Work<unknown>, raw: JsonObject, backupStep: string): Json {
  const resolved = resolve(raw, (name) => secrets[name]);
  if ("value" in resolved) return resolved.value;
  throw new Fault({
    code: "backup-unreachable",
    what: `Step ${step.id} can't restore the backup of ${backupStep}: it has not been given ${resolved.missing.join(", ")}.`,
    fix: `Write \`secrets: [${resolved.missing.join(", ")}]\` in it, or let ${backupStep} restore by itself: \`restore_on_rollback: true\`.`,
  });
}

function replacedBy({ replaced }: Facts): readonly string[] {
  return Array.isArray(replaced) ? replaced.map(String) : [];
}

function together(earlier: readonly string[], aside: string): readonly string[] {
  return [...new Set([...earlier, aside])];
}

function restored(
  deed: string,
  database: string,
  { replaced, refusal = [] }: { replaced: readonly string[]; refusal?: readonly string[] },
): Result {
  const files = replaced.join(" and ");
  if (files === "") return { outcome: "passed", summary: deed, warnings: refusal };
  const warning = `What was written to ${database} since the backup is no longer in it: the data that were replaced are kept in ${files}.`;
  return {
    outcome: "passed",
    summary: `${deed}; the data that were replaced are kept in ${files}`,
    facts: { replaced: [...replaced] },
    warnings: [...refusal, warning],
  };
}
