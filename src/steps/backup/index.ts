import { defineStep } from "../../ports/step-kind.ts";
import { refuseUnknownPlace, sayPlace, showPlace } from "../inside.ts";
import { backupSpec, keeperOf, placeOf, type BackupSpec } from "./spec.ts";

/** Copies the data while they are in use, and calls the copy a backup only after restoring it has been tried. */
export const backup = defineStep({
  name: "backup",
  about: "Copies the data while they are in use, checks the copy, and tries to restore it.",
  spec: backupSpec,
  streams: { report: "backup.txt", undo: "backup_undo.txt" },
  timeoutMs: 1_800_000,
  effect: () => "idempotent",
  abilities: (spec) => ({ undo: spec.restore_on_rollback }),
  describe: (spec) =>
    `back up ${nameOf(spec)}${spec.volume?.while === "stopped" ? `, with all of ${spec.volume.in.target} stopped meanwhile` : ""}, check the copy and try to restore it; keep ${spec.keep}${keptAt(spec)}`,
  describeUndo: (spec) =>
    spec.restore_on_rollback
      ? `once the run has migrated or begun to deploy, ${deedOf(spec)}; what was written since is kept in a file`
      : "nothing to take back: the copy is kept",
  prepare: (spec, preparation) => ({
    spec,
    diagnostics: refuseUnknownPlace(placeOf(spec), preparation),
  }),
  has: ["probe", "undo"],
  parts: () => import("./run.ts"),
});

/** Files are put back where nothing has them open. */
function deedOf(spec: BackupSpec): string {
  const deed = `restore ${nameOf(spec)} from the copy`;
  return spec.volume
    ? `stop all that runs on ${spec.volume.in.target}, ${deed}, and start it again`
    : deed;
}

function keptAt(spec: BackupSpec): string {
  const keeper = keeperOf(spec);
  return keeper ? ` ${sayPlace(keeper)}` : "";
}

function nameOf({ sqlite, postgres, mysql, volume, folder, in: where }: BackupSpec): string {
  const path = sqlite ?? folder;
  if (path !== undefined) return where ? `${path} ${sayPlace(where)}` : path;
  if (volume) return `${volume.path} of ${showPlace(volume.in)}`;
  const server = postgres ?? mysql;
  const name = server?.database === undefined ? "the database" : `the database ${server.database}`;
  return server?.in ? `${name} ${sayPlace(server.in)}` : name;
}
