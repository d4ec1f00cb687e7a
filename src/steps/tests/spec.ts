import { z } from "zod";
import { inPlace } from "../inside.ts";
import { argv, duration, environment, several } from "../words.ts";
import { FORMATS } from "./report.ts";

const amount = z.int().min(0);

/** `95%`, read as a share of 1. */
const share = z.string().transform((text, context) => {
  const percent = Number(/^(\d{1,3}(?:\.\d+)?)%$/.exec(text)?.[1]);
  if (percent > 0 && percent <= 100) return percent / 100;
  context.addIssue({ code: "custom", message: `"${text}" is not a share: write 95%.` });
  return z.NEVER;
});

const baseline = z
  .strictObject({
    passed: amount.describe("How many must pass at least."),
    of: z.int().min(1).describe("How many tests there are."),
    may_fail: z
      .array(z.string().min(1))
      .optional()
      .describe("Names of the tests that may fail, and no other: `shop > counts stock`."),
    file: z
      .string()
      .min(1)
      .optional()
      .describe("A file with these names, one on each line; lines that begin with # are left out."),
  })
  .refine(({ passed, of }) => passed <= of, {
    error: "More can't pass than there are.",
    path: ["passed"],
  });

/** Which suite is run, where its report is, and what the report must say. */
export const testsSpec = z.strictObject({
  command: argv
    .optional()
    .describe(
      "Program that runs the suite, with its arguments. Without it the report is one that another program has written.",
    ),
  cwd: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Folder to run in and to look for the report in, relative to the checkout (without one: to the project file). Default: that folder itself. With `in`: an absolute folder of the part or host.",
    ),
  in: inPlace.optional(),
  env: environment
    .prefault({})
    .describe("Environment variables, besides the secrets that the step declares."),
  report: several(z.string().min(1)).describe(
    "Files that the suite writes its results to, or folders of them; relative to `cwd`. Each must be new. With `in` they lie there, and are files.",
  ),
  format: z
    .enum(FORMATS)
    .optional()
    .describe("What the report must be. Default: what its content is."),
  fresh: duration
    .prefault("1h")
    .describe("Without `command`: how old the report may be. Default: 1h."),
  failed: amount.default(0).describe("How many tests may fail. Default: 0."),
  skipped: amount.default(0).describe("How many tests may be skipped. Default: 0."),
  flaky: amount
    .optional()
    .describe(
      "How many tests may pass only after they failed. Default: any number, said as a warning.",
    ),
  at_least: z
    .int()
    .min(1)
    .default(1)
    .describe("How many tests must have been carried out at least. Default: 1."),
  baseline: baseline
    .optional()
    .describe("Tests that are known to fail, by name: the same may fail, and no other."),
  critical: z
    .strictObject({
      tag: z.string().min(1).describe("Tag of the tests that matter most: `@critical`."),
      at_least: share.prefault("100%").describe("The share of them that must pass: `95%`."),
    })
    .optional()
    .describe("How much of the critical part must pass."),
});

export type TestsSpec = z.output<typeof testsSpec>;
