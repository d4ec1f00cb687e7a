import { rm } from "node:fs/promises";
import { join } from "node:path";
import { sha256File } from "../../lib/digest.ts";
import { showSize } from "../../lib/size.ts";
import { Fault } from "../../model/failure.ts";
import type { Result } from "../../model/event.ts";
import type { Work } from "../../ports/step-kind.ts";
import { keepText } from "../kept.ts";
import { inProject } from "../places.ts";
import { table } from "../table.ts";
import { mayHaveChanged } from "./changes.ts";
import { chosen, type Engine, type Tables } from "./engine.ts";
import { backupFolder, settleFile, type Folder } from "./folder.ts";
import { confirm, keptBy, putBack } from "./restore.ts";
import type { BackupSpec } from "./spec.ts";

type BackupWork = Work<BackupSpec>;

/** Copies, checks the copy, restores it on trial, and only then gives it the name of a backup. */
export async function run(work: BackupWork): Promise<Result> {
  const { spec, step, store } = work;
  const { engine, database: named } = chosen(spec);
  const database = inProject(work.project, named);
  if (!(await engine.exists(database))) return missing(spec, database);
  const folder = await backupFolder(store, work.run.environment, step.id);
  await folder.sweep();
  const path = await folder.free(`${work.run.id}-${work.attempt}`, engine.ending);
  const partial = `${path}.partial`;
  try {
    const tables = await verified(work, engine, { database, partial, folder });
    if (tables.length === 0 && spec.if_missing === "fail") return empty(work, database);
    const { sha256, bytes } = await sha256File(partial);
    tooSmall(spec, { database, bytes });
    await settleFile(partial, path);
    const rows = tables.reduce((sum, each) => sum + each.rows, 0);
    const pruned = await folder.prune(spec.keep, /^\d+-\d+(\.\d+)?\.[a-z]+$/);
    await folder.prune(spec.keep, /^\d+-replaced(\.\d+)?\.[a-z]+$/);
    const facts = { database, path, sha256, bytes, tables: tables.length, rows, missing: false };
    return {
      outcome: "passed",
      summary: `${showSize(bytes)}, ${tables.length} tables, ${rows} rows; restored and compared`,
      facts,
      numbers: { bytes, tables: tables.length, rows, pruned },
      evidence: await keepText(work, "report", report(facts, tables)),
    };
  } finally {
    await rm(partial, { force: true });
  }
}

/** Says whether the copy is there, unchanged. */
export async function probe({ facts }: BackupWork): Promise<Result> {
  const kept = keptBy(facts);
  if (kept.state === "copied") await confirm(kept);
  return {
    outcome: "passed",
    summary: kept.state === "copied" ? "the backup is there, unchanged" : "nothing to restore",
  };
}

/** What customers wrote meanwhile stays, unless this run may have made their data unfit for the release before. */
export async function undo(work: BackupWork): Promise<Result> {
  if (!mayHaveChanged(work))
    return {
      outcome: "passed",
      summary: "nothing of this run changed the data; left as it is",
    };
  const result = await putBack(work, work.step.id, keptBy(work.facts));
  const lines = [result.summary ?? "", ...(result.warnings ?? [])];
  return { ...result, evidence: await keepText(work, "undo", `${lines.join("\n")}\n`) };
}

function missing({ if_missing }: BackupSpec, database: string): Result {
  if (if_missing === "skip")
    return {
      outcome: "passed",
      summary: `there is no ${database} yet, so there is nothing to back up`,
      facts: { missing: true, database },
    };
  return {
    outcome: "failed",
    failure: {
      code: "backup-source-missing",
      what: `There is no database ${database}.`,
      fix: "Correct the path. If this is the first deploy, write `if_missing: skip`.",
    },
  };
}

/** A copy of nothing can be restored as often as one likes. */
function empty({ step }: BackupWork, database: string): Result {
  return {
    outcome: "inconclusive",
    failure: {
      code: "backup-empty",
      what: `${database} holds no table, so a copy of it is no backup.`,
      fix: "See whether this is the right database. If there are no data before the first deploy, write `if_missing: skip`.",
      at: step.at,
    },
  };
}

/** The copy, proven: sound from end to end, and the same tables and rows come out of it when it is restored. */
async function verified(
  work: BackupWork,
  engine: Engine,
  { database, partial, folder }: { database: string; partial: string; folder: Folder },
): Promise<Tables> {
  const wanted = await engine.copy(database, partial, work.signal);
  work.progress("copied");
  const copied = await engine.check(partial, work.signal);
  same("the copy", wanted ?? copied, copied);
  work.progress("checked from end to end", { outcome: "passed" });
  const scratch = join(folder.path, "restored.scratch");
  await rm(scratch, { force: true });
  try {
    same("what the copy restores to", copied, await engine.restore(partial, scratch, work.signal));
  } finally {
    await rm(scratch, { force: true });
  }
  work.progress("restored on trial", { outcome: "passed" });
  return copied;
}

function same(what: string, wanted: Tables, found: Tables): void {
  const rows = new Map(found.map((each) => [each.name, each.rows]));
  const other = wanted.find((each) => rows.get(each.name) !== each.rows);
  if (other === undefined && wanted.length === found.length) return;
  throw new Fault({
    code: "backup-differs",
    what: `${what} is not the same as the database: ${other ? `table ${other.name} has ${rows.get(other.name) ?? "no"} rows instead of ${other.rows}` : `${found.length} tables instead of ${wanted.length}`}.`,
    fix: "Run it again; if it stays so, see whether the disk or the database is damaged.",
  });
}

function tooSmall(
  { at_least }: BackupSpec,
  { database, bytes }: { database: string; bytes: number },
): void {
  if (bytes >= at_least) return;
  throw new Fault({
    code: "backup-too-small",
    what: `The copy of ${database} has ${showSize(bytes)}; a backup needs at least ${showSize(at_least)}.`,
    fix: "See whether this is the right database. If it really is that small, lower `at_least`.",
  });
}

function report(
  facts: { database: string; path: string; sha256: string; bytes: number; rows: number },
  tables: Tables,
): string {
  const head = [
    ["database", facts.database],
    ["copy", facts.path],
    ["bytes", String(facts.bytes)],
    ["sha256", facts.sha256],
    ["integrity", "ok"],
    ["restored", "on trial: same tables, same rows"],
    ["rows", String(facts.rows)],
  ];
  const body = [["TABLE", "ROWS"], ...tables.map(({ name, rows }) => [name, String(rows)])];
  return `${table(head)}\n${table(body)}`;
}
