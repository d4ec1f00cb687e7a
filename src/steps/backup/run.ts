import { rm } from "node:fs/promises";
import { sha256File } from "../../lib/digest.ts";
import { showSize } from "../../lib/size.ts";
import { Fault } from "../../model/failure.ts";
import type { Result } from "../../model/event.ts";
import type { Work } from "../../ports/step-kind.ts";
import { keepText } from "../kept.ts";
import { table } from "../table.ts";
import { mayHaveChanged } from "./changes.ts";
import { chosen } from "./chosen.ts";
import type { Engine, Tables } from "./engine.ts";
import { backupFolder, settleFile, type Folder } from "./folder.ts";
import { confirm, keptBy, putBack } from "./restore.ts";
import type { BackupSpec } from "./spec.ts";

type BackupWork = Work<BackupSpec>;

/** Copies, checks the copy, restores it on trial, and only then gives it the name of a backup. */
export async function run(work: BackupWork): Promise<Result> {
  const { spec, step, store } = work;
  const engine = chosen(spec, work);
  const database = engine.name;
  if (!(await engine.exists())) return missing(spec, database);
  const folder = await backupFolder(store, work.run.environment, step.id);
  await folder.sweep();
  await engine.sweep();
  const path = await folder.free(`${work.run.id}-${work.attempt}`, engine.ending);
  const partial = `${path}.partial`;
  try {
    const tables = await verified(work, engine, { partial, folder });
    const counts = engine.count(tables);
    if (Object.values(counts)[0] === 0 && spec.if_missing === "fail") return empty(work, database);
    const { sha256, bytes } = await sha256File(partial);
    tooSmall(spec, { database, bytes });
    await settleFile(partial, path);
    const pruned = await folder.prune(spec.keep, /^\d+-\d+(\.\d+)?\.[a-z]+$/);
    await folder.prune(spec.keep, /^\d+-replaced(\.\d+)?\.[a-z]+$/);
    const facts = { database, path, sha256, bytes, ...counts, missing: false };
    const said = Object.entries(counts).map(([what, many]) => `${many} ${what}`);
    return {
      outcome: "passed",
      summary: `${showSize(bytes)}, ${said.join(", ")}; restored and compared`,
      facts,
      numbers: { bytes, ...counts, pruned },
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
  { partial, folder }: { partial: string; folder: Folder },
): Promise<Tables> {
  const wanted = await engine.copy(partial);
  work.progress("copied");
  const copied = (await engine.check(partial)) ?? wanted;
  if (copied) same("the copy", wanted ?? copied, copied);
  work.progress("checked from end to end", { outcome: "passed" });
  const tried = await engine.tryOut(partial, folder.path);
  if (copied) same("what the copy restores to", copied, tried);
  work.progress("restored on trial", { outcome: "passed" });
  return tried.map((each) => ({ ...each, ...copied?.find(({ name }) => name === each.name) }));
}

function same(what: string, wanted: Tables, found: Tables): void {
  const rows = new Map(found.map((each) => [each.name, each.rows]));
  const other = wanted.find((each) =>
    each.isMoving ? rows.get(each.name) === undefined : rows.get(each.name) !== each.rows,
  );
  if (other === undefined && wanted.length === found.length) return;
  throw new Fault({
    code: "backup-differs",
    what: `${what} is not the same as the database: ${other ? `${other.name} has ${rows.get(other.name) ?? "no"} rows instead of ${other.rows}` : `${found.length} tables instead of ${wanted.length}`}.`,
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
  facts: { database: string; path: string; sha256: string; bytes: number },
  tables: Tables,
): string {
  const head = [
    ["database", facts.database],
    ["copy", facts.path],
    ["bytes", String(facts.bytes)],
    ["sha256", facts.sha256],
    ["integrity", "ok"],
    ["restored", "on trial: same tables, same rows"],
    ["rows", String(tables.reduce((sum, { rows }) => sum + rows, 0))],
  ];
  const body = [["TABLE", "ROWS"], ...tables.map(lineOf)];
  return `${table(head)}\n${table(body)}`;
}

function lineOf({ name, rows, isMoving }: Tables[number]): readonly [string, string] {
  return [name, isMoving ? `${rows}, written to while it was copied` : String(rows)];
}
