import { sha256File } from "../../lib/digest.ts";
import { Fault } from "../../model/failure.ts";
import type { Result } from "../../model/event.ts";
import type { Json } from "../../model/json.ts";
import type { Work } from "../../ports/step-kind.ts";
import { type Engine, engines, type Tables } from "./engine.ts";
import { backupFolder } from "./folder.ts";

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
  return engines.sqlite.restore(from.path, database, signal);
}

/** Puts the data back as a backup step found them; what was there until now is kept beside the backup, and said where. */
export async function putBack(work: Restorer, backupStep: string, kept: Kept): Promise<Result> {
  if (kept.state === "nothing")
    return { outcome: "passed", summary: "there is no backup to restore" };
  const { database } = kept;
  const engine: Engine = engines.sqlite;
  if (kept.state === "copied") await confirm(kept);
  const isThere = await engine.exists(database);
  const folder = await backupFolder(work.store, work.run.environment, backupStep);
  const aside = await folder.free(`${work.run.id}-replaced`, engine.ending);
  // An attempt that a crash ended may have replaced data already: those are in its own file.
  const earlier = replacedBy(work.facts);
  if (kept.state === "missing") {
    const replaced = isThere ? together(earlier, aside) : earlier;
    if (isThere) {
      await work.note({ replaced });
      await engine.setAside(database, aside);
    }
    return restored("there was no database before, and there is none", database, { replaced });
  }
  const refusal = isThere ? await keepReplaced(engine, { database, aside }, work.signal) : [];
  const replaced = isThere && refusal.length === 0 ? together(earlier, aside) : earlier;
  await work.note({ replaced });
  const tables = await restoreSqlite(kept, database, work.signal);
  return restored(`restored ${tables.length} tables from ${kept.path}`, database, {
    replaced,
    refusal,
  });
}

type Restorer = Pick<Work<unknown>, "store" | "run" | "signal" | "facts" | "note">;

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

/** A restore loses what was written since the backup; a copy of it costs little. A damaged database is not in the way. */
async function keepReplaced(
  engine: Engine,
  { database, aside }: { database: string; aside: string },
  signal: AbortSignal,
): Promise<readonly string[]> {
  try {
    await engine.copy(database, aside, signal);
    return [];
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return [`The data that were replaced could not be kept: ${error.failure.what}`];
  }
}
