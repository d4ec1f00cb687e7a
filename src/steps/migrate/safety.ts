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

/** The backup step that puts this very database back in the same rollback, after us; undefined when there is none. */
export function restoredAfterUs(work: Work<MigrateSpec>, database: string): string | undefined {
  const backups = work.plan.steps.filter(
    ({ kind, abilities }) => kind === "backup" && abilities.undo,
  );
  return backups.find(({ id }) => {
    const kept = keptBy(work.factsOf(id));
    return kept.state !== "nothing" && kept.database === database;
  })?.id;
}
