import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { Fault, type Failure } from "../../model/failure.ts";
import type { Result } from "../../model/event.ts";
import type { Work } from "../../ports/step-kind.ts";
import { CHANGES_DATA } from "../backup/changes.ts";
import { confirm, keptBy, putBack } from "../backup/restore.ts";
import { keepText } from "../kept.ts";
import { inProject } from "../places.ts";
import { inThread, programBeside } from "../thread.ts";
import { readMigrations, type Migration } from "./files.ts";
import { noWayBack, restoredAfterUs, withoutBackup } from "./safety.ts";
import type { MigrateSpec } from "./spec.ts";
import type { Task } from "./sqlite/program.ts";
import { type Applied, pendingOf, type Rescue, title, wayBack, type WayBack } from "./standing.ts";

/** With `sql` and `sqlite`, which the schema gives together. */
export type SqlWork = Work<MigrateSpec> & {
  readonly spec: { readonly sql: string; readonly sqlite: string };
};

const PROGRAM = programBeside(import.meta.url, "sqlite/program");

/** Applies the pending files one by one; the database itself knows how far it is. */
export async function runSql(work: SqlWork): Promise<Result> {
  const { spec, project } = work;
  const database = inProject(project, spec.sqlite);
  const known = await readMigrations(inProject(project, spec.sql));
  const before = await list(work, database);
  const pending = pendingOf(known, before, spec.ahead);
  if (pending.length === 0 && !("before" in work.facts)) {
    await work.note({ database, before: before.map(({ version }) => version) });
  }
  if (pending.length === 0) return nothingPending(work, known, before);
  const refusal = withoutBackup(work) ?? noWay(work, pending, known);
  if (refusal) return { outcome: "failed", failure: refusal };
  await noteStart(work, database, before);
  await mkdir(dirname(database), { recursive: true });
  const { lines, failure } = await applyAll(work, database, pending);
  const evidence = await keepText(work, "output", `${lines.join("\n")}\n`);
  if (failure) {
    const facts = { [CHANGES_DATA]: await hasApplied(work, database) };
    return { outcome: "failed", failure, facts, evidence, summary: lines.at(-1) ?? "" };
  }
  const after = await list(work, database);
  const left = pendingOf(known, after, spec.ahead);
  if (left.length > 0) return { outcome: "failed", failure: stillPending(left), evidence };
  return {
    outcome: "passed",
    summary: `applied ${pending.map(title).join(", ")}; nothing is left`,
    facts: { applied: pending.map(({ version }) => version), version: after.at(-1)?.version ?? "" },
    numbers: { applied: pending.length, pending: 0 },
    evidence,
  };
}

/** A second attempt finds some of them applied; what counts is what was there before the run. */
async function noteStart(
  work: SqlWork,
  database: string,
  before: readonly Applied[],
): Promise<void> {
  const first = !("before" in work.facts) && {
    database,
    before: before.map(({ version }) => version),
  };
  await work.note({ ...first, [CHANGES_DATA]: true });
}

/** Whether anything of this run is in the database; when it can't be asked, something may be. */
async function hasApplied(work: SqlWork, database: string): Promise<boolean> {
  try {
    const now = (await list(work, database)).map(({ version }) => version);
    const before = work.facts["before"];
    return !Array.isArray(before) || now.join() !== before.map(String).join();
  } catch (error) {
    if (error instanceof Fault) return true;
    throw error;
  }
}

async function nothingPending(
  work: SqlWork,
  known: readonly Migration[],
  applied: readonly Applied[],
): Promise<Result> {
  const newest = applied.at(-1);
  const summary = `nothing pending; ${applied.length} applied${newest ? `, up to ${title(newest)}` : ""}`;
  return {
    outcome: "passed",
    summary,
    facts: { version: newest?.version ?? "" },
    numbers: { applied: 0, pending: 0, known: known.length },
    evidence: await keepText(work, "output", `${summary}\n`),
  };
}

function noWay(
  work: SqlWork,
  pending: readonly Migration[],
  known: readonly Migration[],
): Failure | undefined {
  if (work.spec.one_way !== undefined) return undefined;
  const database = inProject(work.project, work.spec.sqlite);
  const versions = pending.map(({ version }) => version);
  const way = wayBack(versions, known, rescue(work, database));
  if (way.by === "none") return noWayBack(way.because);
  if (way.by === "restore" && keptBy(work.factsOf(way.from)).state === "nothing")
    return noWayBack(`${way.because}, and ${way.from} left no backup in this run`);
  return undefined;
}

function rescue(work: SqlWork, database: string): Rescue | undefined {
  const { restore_from } = work.spec;
  if (restore_from !== undefined) return { by: "restore", from: restore_from };
  const later = restoredAfterUs(work, database);
  return later === undefined ? undefined : { by: "backup", from: later };
}

async function applyAll(
  work: SqlWork,
  database: string,
  pending: readonly Migration[],
): Promise<{ readonly lines: readonly string[]; readonly failure?: Failure }> {
  const lines = [`pending: ${pending.map(title).join(", ")}`];
  for (const migration of pending) {
    try {
      await change(work, database, { way: "up", migration, sql: migration.up });
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      lines.push(`${title(migration)}: not applied. ${error.failure.what}`);
      return { lines, failure: error.failure };
    }
    lines.push(`${title(migration)}: applied`);
    work.progress(`${title(migration)} applied`, { outcome: "passed" });
  }
  return { lines };
}

function stillPending(left: readonly Migration[]): Failure {
  return {
    code: "migration-still-pending",
    what: `Still pending after everything was applied: ${left.map(title).join(", ")}.`,
    fix: "See who else changes this database, and run again.",
  };
}

interface Step {
  readonly way: "up" | "down";
  readonly migration: Migration;
  readonly sql: string;
}

function change(
  { clock, signal }: SqlWork,
  path: string,
  { way, migration, sql }: Step,
): Promise<boolean> {
  const { version, name, sha256 } = migration;
  const at = new Date(clock.now()).toISOString();
  const task: Task = { do: way, path, migration: { version, name, sha256 }, sql, at };
  return inThread(PROGRAM, task, signal);
}

function list({ signal }: SqlWork, path: string): Promise<readonly Applied[]> {
  const task: Task = { do: "list", path };
  return inThread(PROGRAM, task, signal);
}

/** Whether everything that this run applied can be taken back now. */
export async function probeSql(work: SqlWork): Promise<Result> {
  const { way } = await findWay(work);
  if (way.by === "none") return { outcome: "failed", failure: noWayBack(way.because) };
  if (way.by === "nothing") return { outcome: "passed", summary: "nothing was applied" };
  if (way.by === "down") return { outcome: "passed", summary: "the way back: the down files" };
  const kept = keptBy(work.factsOf(way.from));
  if (kept.state === "nothing")
    return { outcome: "failed", failure: noWayBack(`${way.from} left no backup in this run`) };
  if (kept.state === "copied") await confirm(kept);
  return { outcome: "passed", summary: `the way back: the backup of ${way.from}, unchanged` };
}

/** Takes back what this run applied, newest first, or puts the backup back; then proves that it is gone. */
export async function undoSql(work: SqlWork): Promise<Result> {
  const found = await findWay(work);
  const { way } = found;
  switch (way.by) {
    case "nothing":
      return { outcome: "passed", summary: "nothing was applied" };
    case "none":
      return { outcome: "failed", failure: noWayBack(way.because) };
    case "backup":
      return {
        outcome: "passed",
        summary: `left to ${way.from}, which puts its backup back: ${way.because}`,
      };
    case "restore": {
      const restored = await putBack(work, way.from, keptBy(work.factsOf(way.from)));
      const line = `${restored.summary}, because ${way.because}`;
      return { ...restored, ...(await provenBack(work, found, [line])) };
    }
    case "down":
      return provenBack(work, found, await takeBack(work, found.database, way.steps));
  }
}

async function takeBack(
  work: SqlWork,
  database: string,
  steps: readonly (Migration & { readonly down: string })[],
): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const step of steps) {
    await change(work, database, { way: "down", migration: step, sql: step.down });
    lines.push(`${title(step)}: taken back`);
    work.progress(`${title(step)} taken back`);
  }
  return lines;
}

async function provenBack(
  work: SqlWork,
  { database, before }: Found,
  lines: readonly string[],
): Promise<Result> {
  const evidence = await keepText(work, "undo", `${lines.join("\n")}\n`);
  const now = (await list(work, database)).map(({ version }) => version);
  if (now.join() !== before.join())
    return { outcome: "failed", failure: notBack(before, now), evidence };
  return { outcome: "passed", summary: lines.join("; "), evidence };
}

interface Found {
  readonly way: WayBack;
  readonly database: string;
  readonly before: readonly string[];
}

async function findWay(work: SqlWork): Promise<Found> {
  const { spec, project, facts } = work;
  const database = inProject(project, spec.sqlite);
  const noted = facts["before"];
  if (!Array.isArray(noted)) return { way: { by: "nothing" }, database, before: [] };
  const before = noted.map(String);
  const now = await list(work, database);
  const ours = now.map(({ version }) => version).filter((version) => !before.includes(version));
  if (ours.length === 0) return { way: { by: "nothing" }, database, before };
  const known = await readMigrations(inProject(project, spec.sql));
  return { way: wayBack(ours, known, rescue(work, database)), database, before };
}

function notBack(before: readonly string[], now: readonly string[]): Failure {
  return {
    code: "migrations-not-back",
    what: `After taking back, the database holds ${now.join(", ") || "no migration"}; before the run it held ${before.join(", ") || "none"}.`,
    fix: "Look at schema_migrations, take back by hand what is too much, then unlock the environment.",
  };
}
