import { Fault, type Failure } from "../../model/failure.ts";
import type { Result } from "../../model/event.ts";
import { CHANGES_DATA } from "../backup/changes.ts";
import { confirm, keptBy, putBack } from "../backup/restore.ts";
import { keepText } from "../kept.ts";
import { inProject } from "../places.ts";
import type { SqlWork } from "./base.ts";
import { readMigrations, type Migration } from "./files.ts";
import { noWayBack, restoredAfterUs, withoutBackup } from "./safety.ts";
import { type Applied, pendingOf, type Rescue, title, wayBack, type WayBack } from "./standing.ts";

/** Applies the pending files one by one; the database itself knows how far it is. */
export async function runSql(work: SqlWork): Promise<Result> {
  const { spec, base } = work;
  const known = await files(work);
  const before = await base.list();
  const broken = await unfinished(work, before);
  if (broken) return { outcome: "failed", failure: broken };
  const pending = pendingOf(known, before, spec.ahead);
  if (pending.length === 0 && !("before" in work.facts)) {
    await work.note({ database: base.name, before: before.map(({ version }) => version) });
  }
  if (pending.length === 0) return nothingPending(work, known, before);
  const refusal = withoutBackup(work) ?? noWay(work, pending, known);
  if (refusal) return { outcome: "failed", failure: refusal };
  await noteStart(work, before);
  const { lines, failure } = await applyAll(work, pending);
  const evidence = await keepText(work, "output", `${lines.join("\n")}\n`);
  if (failure) {
    const facts = { [CHANGES_DATA]: await hasApplied(work) };
    return { outcome: "failed", failure, facts, evidence, summary: lines.at(-1) ?? "" };
  }
  const after = await base.list();
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
async function noteStart(work: SqlWork, before: readonly Applied[]): Promise<void> {
  const first = !("before" in work.facts) && {
    database: work.base.name,
    before: before.map(({ version }) => version),
  };
  await work.note({ ...first, [CHANGES_DATA]: true });
}

/** Whether anything of this run is in the database; when it can't be asked, something may be. */
async function hasApplied(work: SqlWork): Promise<boolean> {
  try {
    const now = (await work.base.list()).map(({ version }) => version);
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
  const versions = pending.map(({ version }) => version);
  const way = wayBack(versions, known, rescue(work));
  if (way.by === "none") return noWayBack(way.because);
  if (way.by === "restore" && keptBy(work.factsOf(way.from)).state === "nothing")
    return noWayBack(`${way.because}, and ${way.from} left no backup in this run`);
  return undefined;
}

function rescue(work: SqlWork): Rescue | undefined {
  const { restore_from } = work.spec;
  const later = restoredAfterUs(work, work.base.name);
  if (later !== undefined) return { by: "backup", from: later };
  return restore_from === undefined ? undefined : { by: "restore", from: restore_from };
}

async function applyAll(
  work: SqlWork,
  pending: readonly Migration[],
): Promise<{ readonly lines: readonly string[]; readonly failure?: Failure }> {
  const lines = [`pending: ${pending.map(title).join(", ")}`];
  for (const migration of pending) {
    try {
      await work.base.change({ way: "up", migration, sql: migration.up });
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      const failure = await withTrouble(work, error.failure);
      lines.push(`${title(migration)}: not applied. ${failure.what}`);
      return { lines, failure };
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

/** A migration that began and never ended: nobody but a person can say how much of it is there. */
async function unfinished(
  work: SqlWork,
  applied: readonly Applied[],
): Promise<Failure | undefined> {
  const half = applied.filter((each) => each.half !== undefined);
  const [first] = half;
  if (first === undefined) return undefined;
  const which = `WHERE version = '${first.version}';`;
  return withTrouble(work, {
    code: "migration-half-applied",
    what: `Began outside a transaction and never ended: ${half.map((each) => `${title(each)} (${each.half})`).join(", ")}.`,
    fix: `Then, when nothing of it is there: DELETE FROM seaworthy_migrations ${which} When all of it is there: UPDATE seaworthy_migrations SET applied_at = now() ${which}`,
  });
}

async function withTrouble({ base }: SqlWork, failure: Failure): Promise<Failure> {
  const found = await base.trouble?.();
  if (found === undefined || found.what === failure.what) return failure;
  return {
    ...failure,
    what: `${failure.what} ${found.what}`,
    fix: `${found.fix} ${failure.fix}`,
  };
}

function files({ project, spec, base }: SqlWork): Promise<readonly Migration[]> {
  return readMigrations(inProject(project, spec.sql), base.flavour);
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
  if (kept.state === "copied") await confirm(kept, work);
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
      return provenBack(work, found, await takeBack(work, way.steps));
  }
}

async function takeBack(
  work: SqlWork,
  steps: readonly (Migration & { readonly down: string })[],
): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const step of steps) {
    await work.base.change({ way: "down", migration: step, sql: step.down });
    lines.push(`${title(step)}: taken back`);
    work.progress(`${title(step)} taken back`);
  }
  return lines;
}

async function provenBack(
  work: SqlWork,
  { before }: Found,
  lines: readonly string[],
): Promise<Result> {
  const evidence = await keepText(work, "undo", `${lines.join("\n")}\n`);
  const now = (await work.base.list()).map(({ version }) => version);
  if (now.join() !== before.join())
    return { outcome: "failed", failure: notBack(before, now), evidence };
  return { outcome: "passed", summary: lines.join("; "), evidence };
}

interface Found {
  readonly way: WayBack;
  readonly before: readonly string[];
}

async function findWay(work: SqlWork): Promise<Found> {
  const noted = work.facts["before"];
  if (!Array.isArray(noted)) return { way: { by: "nothing" }, before: [] };
  const before = noted.map(String);
  const now = await work.base.list();
  const ours = now.map(({ version }) => version).filter((version) => !before.includes(version));
  if (ours.length === 0) return { way: { by: "nothing" }, before };
  return { way: wayBack(ours, await files(work), rescue(work)), before };
}

function notBack(before: readonly string[], now: readonly string[]): Failure {
  return {
    code: "migrations-not-back",
    what: `After taking back, the database holds ${now.join(", ") || "no migration"}; before the run it held ${before.join(", ") || "none"}.`,
    fix: "Look at schema_migrations (PostgreSQL: seaworthy_migrations), take back by hand what is too much, then unlock the environment.",
  };
}
