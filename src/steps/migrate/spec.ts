import { z } from "zod";
import { argv, environment, exactlyOne, pattern, reason } from "../words.ts";

const tool = z.strictObject({
  status: argv.describe("Command that says what is pending. It only looks."),
  up: argv.describe("Command that applies what is pending."),
  down: argv.optional().describe("Command that takes back what `up` applied."),
  pending: pattern.describe(
    "Pattern (RE2) found in the output of `status` when something is pending.",
  ),
  done: pattern
    .optional()
    .describe(
      "Pattern (RE2) that the output of `status` must have when nothing is pending. Without it, success of `status` is enough.",
    ),
  cwd: z
    .string()
    .min(1)
    .optional()
    .describe("Folder to run in, relative to the checkout (without one: to the project file)."),
  env: environment
    .prefault({})
    .describe("Environment variables, besides the secrets that the step declares."),
});

/** Which migrations are applied, by whom, and what the way back is. */
export const migrateSpec = z
  .strictObject({
    sql: z
      .string()
      .min(1)
      .optional()
      .describe(
        "Folder with NNNN_name.up.sql and NNNN_name.down.sql, relative to the checkout (without one: to the project file).",
      ),
    sqlite: z
      .string()
      .min(1)
      .optional()
      .describe("With `sql`: the database file, relative to the project file."),
    tool: tool.optional().describe("A migration tool of the project's own, instead of `sql`."),
    restore_from: z
      .string()
      .min(1)
      .optional()
      .describe(
        "Id of the backup step whose copy is put back when a migration has no down. What was written since is lost.",
      ),
    one_way: reason
      .optional()
      .describe(
        "Why the migrations stay applied when the run is rolled back: the release before works with them.",
      ),
    no_backup: reason.optional().describe("Why there is no backup step before this one."),
    ahead: z
      .enum(["refuse", "allow"])
      .default("refuse")
      .describe("With `sql`: when the database holds migrations that this release does not know."),
  })
  .superRefine(exactlyOne(["sql", "tool"]))
  .superRefine((spec, context) => {
    if (spec.sql !== undefined && spec.sqlite === undefined)
      context.addIssue({
        code: "custom",
        message: "`sql` needs `sqlite`: the database file.",
        path: ["sql"],
      });
    if (spec.tool && spec.sqlite !== undefined)
      context.addIssue({
        code: "custom",
        message: "`sqlite` belongs to `sql`; a tool knows its database itself.",
        path: ["sqlite"],
      });
    if (spec.one_way !== undefined && spec.restore_from !== undefined)
      context.addIssue({
        code: "custom",
        message: "`one_way` and `restore_from` exclude each other.",
        path: ["one_way"],
      });
  });

export type MigrateSpec = z.output<typeof migrateSpec>;
export type ToolSpec = z.output<typeof tool>;
