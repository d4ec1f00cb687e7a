import { z } from "zod";
import { reason } from "../words.ts";

/** What is taken down, and what goes with it for good. */
export const cleanSpec = z
  .strictObject({
    target: z.string().min(1).describe("Name of the target. `clean: stack` is the short form."),
    volumes: z
      .union([z.enum(["all", "none"]), z.array(z.string().min(1)).min(1)], {
        error: "Write `all`, `none`, or the names of volumes as a list.",
      })
      .default("none")
      .describe(
        "Volumes that are removed with all that is in them: `all`, or [db_data], by the names that the stack gives them. Default: none.",
      ),
    backup: z
      .string()
      .min(1)
      .optional()
      .describe("Id of the backup step before this one that holds what the volumes hold."),
    no_backup: reason.optional().describe("Why the volumes may go without a backup."),
    no_way_back: reason
      .optional()
      .describe(
        "Behind a deploy or a migration: why the data may go that their way back would need.",
      ),
  })
  .describe("Takes a target down, and removes volumes only where it says so.");

export type CleanSpec = z.output<typeof cleanSpec>;
