import { z } from "zod";
import { expectSchema } from "../../scenario/schema-expect.ts";
import { duration, exactlyOne, reason } from "../words.ts";

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

/** What is asked, and what the answer must be like; `stability` asks in the same words. */
export const asked = {
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
};

const ownWords = z.strictObject({
  get: asked.get,
  expect: expectSchema.optional().describe("Instead of the step's own `expect`."),
  identity: place.optional().describe("Instead of the step's own `identity`."),
  because: asked.because,
});

const service = z.union([
  asked.get.transform((get): z.output<typeof ownWords> => ({ get })),
  ownWords,
]);

/** What is asked, how often, and what the answer must be like. */
export const healthSpec = z
  .strictObject({
    get: asked.get.optional(),
    services: z
      .record(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,40}$/), service)
      .refine((each) => Object.keys(each).length > 0, { error: "Name at least one service." })
      .optional()
      .describe(
        "Instead of `get`: several services by name, asked at the same time, each with its own tries; a path or URL, or a map with `get`, `expect`, `identity`, `because`. All must pass.",
      ),
    expect: asked.expect,
    identity: asked.identity,
    because: asked.because,
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
  .superRefine(exactlyOne(["get", "services"]))
  .describe("Asks a URL until the new release answers as it must.");

export type HealthSpec = z.output<typeof healthSpec>;

/** Of one URL. */
export type OneSpec = Omit<HealthSpec, "get"> & { readonly get: string };

/** What is asked of one service: its own words, and the step's where it has none. */
export function specOf(
  spec: HealthSpec,
  { get, expect, identity, because }: NonNullable<HealthSpec["services"]>[string],
): OneSpec {
  return {
    ...spec,
    get,
    ...(expect && { expect }),
    // A reason belongs to the identity that it explains.
    ...(identity === undefined ? { because: because ?? spec.because } : { identity, because }),
  };
}

/** The part of it that judges one answer. */
export type Asked = Pick<HealthSpec, "expect" | "identity">;

const DEFAULT_TRIES = 30;

/** Most tries that the spec allows. */
export function mostTries({ tries, within }: HealthSpec): number {
  return tries ?? (within === undefined ? DEFAULT_TRIES : Number.POSITIVE_INFINITY);
}
