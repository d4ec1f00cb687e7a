import { z } from "zod";
import { postgres } from "../backup/spec.ts";
import { inPlace } from "../inside.ts";
import { argv, environment, exactlyOne } from "../words.ts";

const value = z.union([z.string(), z.number(), z.boolean()]);

const look = z
  .strictObject({
    sqlite: z
      .string()
      .min(1)
      .optional()
      .describe("SQLite database, relative to the project file: its rows must be the same."),
    postgres: postgres
      .optional()
      .describe(
        "PostgreSQL database, by its URL or its parts, as backup and migrate name it: its rows must be the same. `psql` of its own part is used with `in: stack/db`, that of this machine without.",
      ),
    tables: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe("With `sqlite` or `postgres`: only these tables. Default: all."),
    content: z
      .boolean()
      .optional()
      .describe(
        "With `sqlite` or `postgres`: whether what is in the rows must be the same, not only how many there are. Default: true.",
      ),
    query: z
      .string()
      .min(1)
      .optional()
      .describe(
        "With `sqlite` or `postgres`: instead of tables, a SELECT whose rows must be the same.",
      ),
    command: argv.optional().describe("Command whose stdout must be the same. It must only look."),
    in: z
      .union([z.literal("here"), inPlace])
      .optional()
      .describe(
        "With `command`: where it runs: a part of a target, a host, or `here` on this machine. Default: where `run` does.",
      ),
    scenario: z
      .string()
      .min(1)
      .optional()
      .describe("Scenario, relative to the project file: what it captures must be the same."),
    with: z
      .record(z.string(), value)
      .optional()
      .describe("With `scenario`: further values that it may look up."),
    text: z.string().optional().describe("The scenario's text; put here when the plan is made."),
    path: z.string().optional().describe("Where that text was read; for messages."),
  })
  .superRefine(exactlyOne(["sqlite", "postgres", "command", "scenario"]));

/** What is run once more, and what must not change by it. */
export const twiceSpec = z
  .strictObject({
    run: argv
      .optional()
      .describe("Program with its arguments, as a list: what was done before and is done again."),
    script: z
      .string()
      .min(1)
      .optional()
      .describe("Instead: a script that the shell reads from its stdin."),
    shell: argv.optional().describe("What reads the script. Default: [sh, -eu, -s]."),
    cwd: z
      .string()
      .min(1)
      .optional()
      .describe(
        "Folder to run in, relative to the checkout (without one: to the project file). With `in`: an absolute folder of the part or host.",
      ),
    in: inPlace.optional(),
    env: environment
      .prefault({})
      .describe("Environment variables, besides the secrets that the step declares."),
    runs: z
      .union([z.literal(1), z.literal(2)])
      .default(1)
      .describe(
        "1: a step before has done it, and this is the second time. 2: this step does it both times.",
      ),
    same: z.array(look).min(1).describe("What must be the same before and after."),
  })
  .superRefine(exactlyOne(["run", "script"]))
  .describe("Does something once more, and proves that nothing changed by it.");

export type TwiceSpec = z.output<typeof twiceSpec>;
export type Look = TwiceSpec["same"][number];
