import { z } from "zod";
import { inPlace } from "../inside.ts";
import { argv, environment, exactlyOne, pattern, reason, several } from "../words.ts";

const run = argv
  .optional()
  .describe("Program with its arguments, as a list. `command: [npm, test]` is the short form.");
const script = z
  .string()
  .min(1)
  .optional()
  .describe(
    "Script that the shell reads from its stdin. Values come in through `env`, never through look-ups in the text.",
  );

const undo = z
  .strictObject({
    run,
    script,
    in: inPlace.optional().describe("Where it is taken back. Default: where the step's own ran."),
    none: reason.optional().describe("Why there is nothing to take back."),
  })
  .superRefine(exactlyOne(["run", "script", "none"]));

const expectation = z.strictObject({
  exit: several(z.int().min(0).max(255))
    .prefault(0)
    .describe("Exit code, or list of codes, that counts as success."),
  output_has: several(pattern)
    .optional()
    .describe("Patterns (RE2) that must all be found in its output."),
  output_lacks: several(pattern)
    .optional()
    .describe("Patterns (RE2) none of which may be found in its output."),
});

/** A command of the project's own, and how it is judged. */
export const commandSpec = z
  .strictObject({
    run,
    script,
    shell: argv
      .optional()
      .describe(
        "What reads the script from stdin. Default: [sh, -eu, -s], which stops at the first line that fails.",
      ),
    cwd: z
      .string()
      .min(1)
      .optional()
      .describe(
        "Folder to run in, relative to the checkout (without one: to the project file). Default: that folder itself. With `in`: an absolute folder of the part or host; default: the one in which the part works, the home folder on a host.",
      ),
    in: inPlace.optional(),
    env: environment
      .prefault({})
      .describe("Environment variables, besides the secrets that the step declares."),
    effect: z
      .enum(["read", "idempotent", "keyed", "once"])
      .default("keyed")
      .describe(
        "What a second execution means. `keyed`: never started twice, its receipt is asked for after a crash.",
      ),
    expect: expectation.prefault({}).describe("What counts as success."),
    undo: undo.optional().describe("How it is taken back when the run is rolled back."),
  })
  .superRefine(exactlyOne(["run", "script"]));

export type CommandSpec = z.output<typeof commandSpec>;

/** The spec of taking back: the same surroundings, in a place of its own if it names one. */
export function undoing(spec: CommandSpec): CommandSpec {
  return { ...spec, in: spec.undo?.in ?? spec.in };
}
