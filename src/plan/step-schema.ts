import { z } from "zod";
import { duration, name, size, variable } from "./words.ts";

const retry = z.union([
  z.int().min(1).max(100),
  z.strictObject({
    tries: z.int().min(1).max(100).describe("How often in all."),
    wait: duration.optional().describe("Before the second try. Default 2s."),
    factor: z
      .number()
      .min(1)
      .max(10)
      .optional()
      .describe("Each wait is this many times the one before. Default 2."),
    max_wait: duration.optional().describe("The longest wait. Default 1m."),
  }),
]);

const needs = z.union([name, z.array(name)]);

/** What every step may say beside its kind. */
export const commonShape = {
  id: name
    .optional()
    .describe("What others call it. Default: its kind, with a number when there are several."),
  about: z.string().max(2_000).optional().describe("For people: what it is for."),
  needs: needs
    .optional()
    .describe(
      "Steps that must have passed. Default: the one before. [] for none. Steps that need the same ones run side by side.",
    ),
  when: z
    .string()
    .min(1)
    .optional()
    .describe("Runs only if this holds: `${NAME}`, `${NAME} == value` or `${NAME} != value`."),
  timeout: duration
    .optional()
    .describe("After this it has not passed. Each kind has its own default."),
  retry: retry
    .optional()
    .describe("How often it may be tried, as a number or with its waits. Default 1."),
  on_failure: z
    .enum(["roll back", "stop", "ask", "warn"])
    .optional()
    .describe(
      "What happens when it does not pass: take the run back, leave all as it is, ask a person, or go on with a warning. Default: roll back.",
    ),
  on_unknown: z
    .enum(["ask", "again", "roll back"])
    .optional()
    .describe("What happens when nobody can say whether its effect happened. Default: ask."),
  save: z
    .union([z.string(), z.record(z.string(), z.string())])
    .optional()
    .describe("Artifact name for its output, or a map from its streams to artifact names."),
  hints: z
    .record(z.string().min(1), z.string().min(1).max(2_000))
    .optional()
    .describe("Pattern (RE2) → advice, shown when the pattern is found in a failure's words."),
  least: z
    .int()
    .min(1)
    .optional()
    .describe("Least number of pieces of evidence; with fewer it is inconclusive."),
  secrets: z.array(variable).optional().describe("The secrets that this step may see."),
  keep: size.optional().describe("Most that is kept of each of its outputs. Default 64MiB."),
};

/** The keys that every step may have, checked apart from its kind's. */
export const commonSchema = z.strictObject(commonShape);

export type Common = z.output<typeof commonSchema>;

/** A step that stands for all steps of another plan. */
export const includeSchema = z.strictObject({
  include: name.describe("The plan whose steps stand here."),
  id: name
    .optional()
    .describe(
      "Put before the ids of its steps: `gate` makes `gate-health` of `health`. `needs: [gate]` needs all of them.",
    ),
  about: z.string().max(2_000).optional().describe("For people: what it is for."),
  needs: needs
    .optional()
    .describe(
      "Steps that must have passed before the first ones of the included plan. Default: the one before.",
    ),
});
