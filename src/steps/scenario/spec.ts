import { z } from "zod";

const value = z.union([z.string(), z.number(), z.boolean()]);

export const spec = z
  .strictObject({
    file: z
      .string()
      .min(1)
      .describe("The scenario, relative to the project file: smoke.scenario.yaml."),
    base: z
      .string()
      .min(1)
      .optional()
      .describe(
        "URL that the scenario's paths are below. Default: what the scenario says, else the environment's url.",
      ),
    with: z
      .record(z.string(), value)
      .default({})
      .describe(
        "Further values that the scenario may look up, its parameters among them; look-ups of the plan may stand in them.",
      ),
    gives: z
      .array(z.string().min(1))
      .default([])
      .describe(
        "Captures that later steps look up: FILE_ID becomes `${steps.ID.FILE_ID}`. Never a secret one.",
      ),
    effect: z
      .enum(["read", "idempotent", "once"])
      .default("idempotent")
      .describe("What running it again after a crash means. `once`: a person must decide."),
    proves: z
      .boolean()
      .default(false)
      .describe("Whether it also runs after a rollback, against the release before."),
    text: z
      .string()
      .optional()
      .describe(
        "The scenario's text; put here when the plan is made, so that the plan is complete.",
      ),
    path: z.string().optional().describe("Where that text was read; for messages."),
    texts: z
      .record(z.string(), z.string())
      .optional()
      .describe("What it includes and its data, put here in the same way: path → text."),
    count: z.int().min(0).optional().describe("How many steps it has; put here in the same way."),
  })
  .describe("Runs an HTTP scenario against the environment.");

export type ScenarioSpec = z.output<typeof spec>;
