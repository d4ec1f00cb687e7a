import { z } from "zod";
import { exactlyOne, size } from "../words.ts";

/** What is backed up, and when the copy counts as a backup. */
export const backupSpec = z
  .strictObject({
    sqlite: z
      .string()
      .min(1)
      .optional()
      .describe("SQLite database file, relative to the project file. It may be in use."),
    at_least: size
      .prefault("4KB")
      .describe("Least size of the copy. A smaller one is not a backup."),
    keep: z
      .int()
      .min(1)
      .max(1000)
      .default(5)
      .describe(
        "How many verified backups are kept; the newest, and always those of this run and the one before.",
      ),
    if_missing: z
      .enum(["fail", "skip"])
      .default("fail")
      .describe("When there is no database yet: `skip` is for the first deploy."),
    restore_on_rollback: z
      .boolean()
      .default(false)
      .describe(
        "Puts the data back as they were when a run is rolled back that migrated or began to deploy. What was written since is kept in a file beside the backup.",
      ),
  })
  .superRefine(exactlyOne(["sqlite"]));

export type BackupSpec = z.output<typeof backupSpec>;
