import type { Failure } from "../../model/failure.ts";
import type { Work } from "../../ports/step-kind.ts";
import { keptBy } from "../backup/restore.ts";
import type { MigrateSpec } from "./spec.ts";

/** Why nothing may be migrated yet: no backup of this run is there, and the plan does not say why not. */
export function withoutBackup(work: Work<MigrateSpec>): Failure | undefined {
  if (work.spec.no_backup !== undefined) return undefined;
  const backups = work.plan.steps.filter(({ kind }) => kind === "backup");
  if (backups.some(({ id }) => keptBy(work.factsOf(id)).state !== "nothing")) return undefined;
  return {
    code: "migration-without-backup",
    what: "No backup was made in this run, so nothing was migrated.",
    fix: 'Let the backup step run before this one, or say why none is needed: `no_backup: "…"`.',
  };
}

/** Why there is no way back, in a form that stops before anything is touched. */
export function noWayBack(because: string): Failure {
  return {
    code: "migration-one-way",
    what: `There is no way back from these migrations: ${because}.`,
    fix: "Write the down file, name a backup step in `restore_from`, or say in `one_way` why the release before works with them.",
  };
}

/**
 * The backup step that puts our data back in the same rollback, after us: the one that `restore_from` names, or without
 * one that of the very same database. Undefined when there is none.
 *
 * One behind us is taken back before us, and has copied what we have changed already.
 */
export function restoredAfterUs(
  work: Work<MigrateSpec>,
  database: string | undefined,
): string | undefined {
  const { steps } = work.plan;
  const { restore_from } = work.spec;
  const earlier = steps.slice(
    0,
    steps.findIndex(({ id }) => id === work.step.id),
  );
  return earlier.find(({ id, kind, abilities }) => {
    if (kind !== "backup" || !abilities.undo) return false;
    const kept = keptBy(work.factsOf(id));
    if (kept.state === "nothing") return false;
    return restore_from === undefined ? kept.database === database : id === restore_from;
  })?.id;
}
