import { z } from "zod";
import { expectSchema } from "../../scenario/index.ts";
import { duration, reason } from "../words.ts";

const place = z.union([
  z.literal("none"),
  z.strictObject({
    json: z.string().min(1).optional().describe("JSONPath (RFC 9535) of the version in the body."),
    header: z.string().min(1).optional().describe("Header that holds the version."),
    body: z.literal(true).optional().describe("The body's text is the version or names it."),
    regex: z
      .string()
      .min(1)
      .optional()
      .describe("The version is the first group of this pattern (RE2)."),
  }),
]);

/** What is asked, how often, and what the answer must be like. */
export const healthSpec = z
  .strictObject({
    get: z.string().min(1).describe("Path below the environment's url, or a whole URL."),
    expect: expectSchema
      .default({})
      .describe("What the answer must be like; status 200 unless it says otherwise."),
    identity: place
      .optional()
      .describe(
        "Where the answer names the release that gives it: { json: $.version }. Default: anywhere in the answer. `none` needs `because`.",
      ),
    because: reason.optional().describe("Why it need not be proven which release answers."),
    tries: z
      .int()
      .min(1)
      .max(10_000)
      .optional()
      .describe("Most tries. Default 30, or as many as `within` allows."),
    interval: duration.prefault("500ms").describe("From the end of a try to the next."),
    timeout: duration.prefault("5s").describe("For one try."),
    within: duration.optional().describe("Deadline for all of it, `wait` included."),
    successes: z.int().min(1).max(1_000).default(1).describe("How many tries in a row must pass."),
    wait: duration.optional().describe("Before the first try."),
  })
  .describe("Asks a URL until the new release answers as it must.");

export type HealthSpec = z.output<typeof healthSpec>;

/** The part of it that judges one answer. */
export type Asked = Pick<HealthSpec, "expect" | "identity">;

const DEFAULT_TRIES = 30;

/** Most tries that the spec allows. */
export function mostTries({ tries, within }: HealthSpec): number {
  return tries ?? (within === undefined ? DEFAULT_TRIES : Number.POSITIVE_INFINITY);
}
