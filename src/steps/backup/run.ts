import { showDuration } from "../../lib/duration.ts";
import { showSize } from "../../lib/size.ts";
import { Fault } from "../../model/failure.ts";
import type { Result } from "../../model/event.ts";
import type { Work } from "../../ports/step-kind.ts";
import { keepText } from "../kept.ts";
import { table } from "../table.ts";
import { mayHaveChanged } from "./changes.ts";
import { chosen } from "./chosen.ts";
import type { Engine, Tables } from "./engine.ts";
import type { Folder } from "./folder.ts";
import { folderOf } from "./folder-on-host.ts";
import { confirm, keptBy, putBack, tooSlow } from "./restore.ts";
import { type BackupSpec, keeperOf } from "./spec.ts";

type BackupWork = Work<BackupSpec>;

/** Copies, checks the copy, restores it on trial, and only then gives it the name of a backup. */
export async function run(work: BackupWork): Promise<Result> {
  const { spec, step } = work;
  const keeper = keeperOf(spec);
  const engine = chosen(spec, work);
  const database = engine.name;
  if (!(await engine.exists())) return missing(spec, database);
  const folder = await folderOf(work, step.id, keeper);
  await folder.sweep();
  await engine.sweep();
  const path = await folder.free(`${work.run.id}-${work.attempt}`, engine.ending);
  const partial = `${path}.partial`;
  try {
    const { tables, trialMs } = await verified(work, engine, { partial, folder });
    if (isEmpty(engine, tables) && spec.if_missing === "fail") return empty(work, engine, tables);
    const { sha256, bytes } = await folder.digest(partial);
    tooSmall(spec, { database, bytes });
    await folder.settle(partial, path);
    return await succeeded(work, engine, { folder, path, sha256, bytes, tables, trialMs });
  } finally {
    // What can't be removed now, such as on a host out of reach, is removed by the next attempt.
    await folder.remove(partial).catch(() => undefined);
  }
}

interface Made {
  readonly folder: Folder;
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly tables: Tables;
  readonly trialMs: number;
}

/** Forgets what is too old, and says what is known of the new one. */
async function succeeded(work: BackupWork, engine: Engine, made: Made): Promise<Result> {
  const { spec } = work;
  const { folder, path, sha256, bytes, tables, trialMs } = made;
  const pruned = await folder.prune(spec.keep, /^\d+-\d+(\.\d+)?\.[a-z]+$/);
  await folder.prune(spec.keep, /^\d+-replaced(\.\d+)?\.[a-z]+$/);
  const counts = engine.count(tables);
  const account = engine.account?.();
  const kept = { database: engine.name, path, sha256, bytes, ...counts, missing: false };
  const said = Object.entries(counts).map(([what, many]) => `${many} ${what}`);
  const shown = { ...kept, path: folder.show(path) };
  const report = reportOf(shown, { tables, trialMs, lines: account?.lines ?? [] });
  return {
    outcome: "passed",
    summary: `${showSize(bytes)}, ${said.join(", ")}; restored and compared`,
    facts: { ...kept, ...keeperOf(spec), ...account?.facts },
    numbers: { bytes, ...counts, pruned, trial_ms: trialMs },
    warnings: tooSlow(spec.within, trialMs, "Restoring the copy on trial took"),
    evidence: await keepText(work, "report", report),
  };
}

/** Says whether the copy is there, unchanged. */
export async function probe(work: BackupWork): Promise<Result> {
  const kept = keptBy(work.facts);
  if (kept.state === "copied") await confirm(kept, work);
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
  const { sqlite, in: where } = work.spec;
  // A database of a server, or a folder, may be written to from other hosts: a SQLite file is its own host's.
  if (sqlite !== undefined && where !== undefined && !mayHaveChanged(work, where.host))
    return {
      outcome: "passed",
      summary: `nothing was done to ${where.host} in this run; its data are left as they are`,
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
function isEmpty(engine: Engine, tables: Tables): boolean {
  return Object.values(engine.count(tables))[0] === 0;
}

function empty({ step }: BackupWork, engine: Engine, tables: Tables): Result {
  const what = "files" in engine.count(tables) ? "file" : "table";
  return {
    outcome: "inconclusive",
    failure: {
      code: "backup-empty",
      what: `${engine.name} holds no ${what}, so a copy of it is no backup.`,
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
): Promise<{ readonly tables: Tables; readonly trialMs: number }> {
  const wanted = await engine.copy(partial);
  work.progress("copied");
  const copied = (await engine.check(partial)) ?? wanted;
  if (copied) same("the copy", wanted ?? copied, copied);
  work.progress("checked from end to end", { outcome: "passed" });
  const began = work.clock.monotonic();
  const tried = await engine.tryOut(partial, folder.path);
  const trialMs = Math.round(work.clock.monotonic() - began);
  if (copied) same("what the copy restores to", copied, tried);
  work.progress(`restored on trial in ${showDuration(trialMs)}`, { outcome: "passed" });
  const tables = tried.map((each) => ({
    ...each,
    ...copied?.find(({ name }) => name === each.name),
  }));
  return { tables, trialMs };
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

interface Reported {
  readonly tables: Tables;
  readonly trialMs: number;
  readonly lines: readonly string[];
}

function reportOf(
  facts: { database: string; path: string; sha256: string; bytes: number },
  { tables, trialMs, lines }: Reported,
): string {
  const head = [
    ["database", facts.database],
    ["copy", facts.path],
    ["bytes", String(facts.bytes)],
    ["sha256", facts.sha256],
    ["integrity", "ok"],
    ["restored", `on trial in ${showDuration(trialMs)}: same tables, same rows`],
    ["rows", String(tables.reduce((sum, { rows }) => sum + rows, 0))],
  ];
  const body = [["TABLE", "ROWS"], ...tables.map(lineOf)];
  const rest = lines.length === 0 ? "" : `\n${lines.join("\n")}\n`;
  return `${table(head)}\n${table(body)}${rest}`;
}

function lineOf({ name, rows, isMoving }: Tables[number]): readonly [string, string] {
  return [name, isMoving ? `${rows}, written to while it was copied` : String(rows)];
}
