import { z } from "zod";
import { showHosts, someHosts } from "../hosts.ts";
import { duration, pattern, several } from "../words.ts";
import { LEVELS } from "../../lib/log-level.ts";

const amount = z.int().min(0);
const limit = z
  .union([
    amount.transform((most) => ({ at_most: most, at_least: undefined })),
    z.strictObject({
      at_most: amount.optional().describe("Not more entries than this."),
      at_least: amount.optional().describe("Not fewer entries than this."),
    }),
  ])
  .describe("Most entries of this level: 0, or { at_least: 1, at_most: 10 }.");

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const condition = z.union([
  scalar,
  z.strictObject({
    one_of: z.array(scalar).min(1).optional().describe("Equal to one of these."),
    matches: pattern.optional().describe("A text in which this pattern (RE2) is found."),
    contains: z.string().min(1).optional().describe("A text that holds this one."),
    at_least: z.number().optional().describe("A number, this or greater."),
    at_most: z.number().optional().describe("A number, this or less."),
    exists: z.literal(true).optional().describe("There is a value that is not empty."),
  }),
]);

const entry = z.strictObject({
  where: z
    .record(z.string().min(1), condition)
    .refine((all) => Object.keys(all).length > 0, { error: "Say which entries are meant." })
    .describe("Field → what it is in the entries that are meant. `user.id` is `id` in `user`."),
  fields: z
    .union([
      z
        .array(z.string().min(1))
        .min(1)
        .transform((names): Record<string, Condition> =>
          Object.fromEntries(names.map((name) => [name, { exists: true }])),
        ),
      z.record(z.string().min(1), condition),
    ])
    .optional()
    .describe("What each of them must hold: [time, actor], or { bytes: { at_least: 1 } }."),
  at_least: z.int().min(0).default(1).describe("How many there must be at least. Default: 1."),
  at_most: amount.optional().describe("How many there may be at most."),
});

/** Which log is read from where, and what must be true of it. */
export const logsSpec = z.strictObject({
  target: z
    .string()
    .min(1)
    .optional()
    .describe("Name of the target whose logs are read. `logs: web` is the short form."),
  file: z
    .string()
    .min(1)
    .optional()
    .describe("A log file instead, relative to the project file or absolute."),
  on: someHosts
    .optional()
    .describe(
      "With `file`: the hosts where it lies, app1, [app1, app2] or all; then it is absolute. All of them together are judged as one log.",
    ),
  parts: several(z.string().min(1))
    .optional()
    .describe(
      "Only these parts of the target: [web], or [front-door]. Default: every part that says anything.",
    ),
  mark: z
    .literal(true)
    .optional()
    .describe("Judges nothing: notes where the log ends now. A later step reads on from there."),
  since: z
    .string()
    .min(1)
    .optional()
    .describe(
      "`deploy` (default after a deploy of this target), `all`, or the id of a step with `mark: true`.",
    ),
  last: z
    .int()
    .min(1)
    .max(100_000)
    .optional()
    .describe("Only the last lines of each part, as many as this."),
  must_not: several(pattern)
    .optional()
    .describe("Patterns (RE2) none of which may be found in any line."),
  except: several(pattern)
    .optional()
    .describe(
      "Lines with one of these patterns are known and harmless, for `must_not`, `levels` and `new_errors`.",
    ),
  must: several(pattern)
    .optional()
    .describe("Patterns (RE2) each of which must be found in some line."),
  within: duration
    .optional()
    .describe("Waits as long as this for what must be there. Default: looks once."),
  levels: z
    .partialRecord(z.enum(LEVELS), limit)
    .optional()
    .describe(
      "How many entries of a level there may be. `error` counts what is worse, too. A line without a level belongs to the entry above.",
    ),
  entries: z
    .array(entry)
    .min(1)
    .optional()
    .describe("Structured entries (a JSON object per line) that must be there, with their fields."),
  new_errors: z
    .enum(["warn", "fail"])
    .optional()
    .describe(
      "What it means when there are kinds of errors that the accepted release did not have.",
    ),
  context: z
    .int()
    .min(0)
    .max(20)
    .default(3)
    .describe("How many lines around each finding are kept. Default: 3."),
  least_lines: z
    .int()
    .min(1)
    .default(1)
    .describe("Fewer lines than this are too few for a verdict. Default: 1."),
});

export type LogsSpec = z.output<typeof logsSpec>;
export type Condition = z.output<typeof condition>;
export type EntrySpec = z.output<typeof entry>;
export type Limit = z.output<typeof limit>;

/** Whose log it is, in words: `web`, `/srv/erp/audit.log on app1`. */
export function subjectOf({ target, file, on }: LogsSpec): string {
  return `${file ?? target}${on === undefined ? "" : ` on ${showHosts(on)}`}`;
}
