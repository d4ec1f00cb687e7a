import { defineStep } from "../../ports/step-kind.ts";
import { backupSpec } from "./spec.ts";

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
    `back up ${spec.sqlite}, check the copy and try to restore it; keep ${spec.keep}`,
  describeUndo: (spec) =>
    spec.restore_on_rollback
      ? `once the run has migrated or begun to deploy, restore ${spec.sqlite} from the copy; what was written since is kept in a file`
      : "nothing to take back: the copy is kept",
  has: ["probe", "undo"],
  parts: () => import("./run.ts"),
});
