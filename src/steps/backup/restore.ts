import { sha256File } from "../../lib/digest.ts";
import { Fault } from "../../model/failure.ts";
import type { Result } from "../../model/event.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import { resolve } from "../../model/lookup.ts";
import type { Work } from "../../ports/step-kind.ts";
import { chosen } from "./chosen.ts";
import type { Engine, Tables } from "./engine.ts";
import { overFile } from "./file-engine.ts";
import { backupFolder } from "./folder.ts";
import type { BackupSpec } from "./spec.ts";
import { sqlite } from "./sqlite/index.ts";

type Facts = Readonly<Record<string, Json>>;

/** What a backup step left for those who restore. */
export type Kept =
  | {
      readonly state: "copied";
      readonly database: string;
      readonly path: string;
      readonly sha256: string;
    }
  /** There was no database before the run. */
  | { readonly state: "missing"; readonly database: string }
  /** The step never came so far. */
  | { readonly state: "nothing" };

/** Reads the facts of a backup step. */
export function keptBy(facts: Facts): Kept {
  const { database, path, sha256, missing } = facts;
  if (typeof database !== "string") return { state: "nothing" };
  if (missing === true) return { state: "missing", database };
  if (typeof path !== "string" || typeof sha256 !== "string") return { state: "nothing" };
  return { state: "copied", database, path, sha256 };
}

/** Whether the copy is there and is the very one that was verified. Fault `backup-gone`, `backup-changed`. */
export async function confirm({ path, sha256 }: { path: string; sha256: string }): Promise<void> {
  const found = await sha256File(path).catch((error: unknown) => {
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

/** Puts a verified SQLite copy back into the live database, in one transaction that its open users see. */
export async function restoreSqlite(
  from: { readonly path: string; readonly sha256: string },
  database: string,
  signal: AbortSignal,
): Promise<Tables> {
  await confirm(from);
  return sqlite.restore(from.path, database, signal);
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
  if (kept.state === "copied") await confirm(kept);
  const folder = await backupFolder(work.store, work.run.environment, backupStep);
  const aside = await folder.free(`${work.run.id}-replaced`, engine.ending);
  // An attempt that a crash ended may have replaced data already: those are in its own file.
  let replaced = replacedBy(work.facts);
  const keeping = async () => {
    replaced = together(replaced, aside);
    await work.note({ replaced });
  };
  // After a first deploy was taken back nothing of the target runs: its tools can't be asked, and nobody else can ask them.
  if (kept.state === "missing" && !(await engine.exists()))
    return restored("there was no database before, and there is none", engine.name, { replaced });
  const copy = kept.state === "copied" ? kept.path : undefined;
  const { tables, refusal } = await engine.putBack(copy, { file: aside, keeping });
  if (kept.state === "missing")
    return restored("there was no database before, and there is none", engine.name, { replaced });
  const counts = Object.entries(engine.count(tables)).map(([what, many]) => `${many} ${what}`);
  return restored(`restored ${counts.join(", ")} from ${kept.path}`, engine.name, {
    replaced,
    refusal,
  });
}

/** A step that restores the backup of another one knows the secrets of its own alone. */
function engineOf(work: Work<unknown>, backupStep: string, database: string): Engine {
  const raw = work.plan.steps.find(({ id }) => id === backupStep)?.spec ?? {};
  const isElsewhere = ["postgres", "mysql", "volume"].some((name) => name in raw);
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
