import { z } from "zod";
import { asked, healthSpec } from "../health/spec.ts";
import { duration } from "../words.ts";

const { timeout } = healthSpec.shape;
const { get: url, expect, identity, because } = asked;

const health = z.union([
  z
    .string()
    .min(1)
    .transform((get) => ({
      get,
      expect: {},
      identity: undefined,
      because: undefined,
      timeout: 5_000,
    })),
  z.strictObject({
    get: url,
    expect,
    identity,
    because,
    timeout,
  }),
]);

/** How long a target is watched, how often, and what it may do in that time. */
export const stabilitySpec = z
  .strictObject({
    target: z.string().min(1).describe("Name of the target that is watched."),
    for: duration.prefault("3m").describe("How long."),
    every: duration.prefault("10s").describe("From one sample to the next."),
    health: health
      .optional()
      .describe(
        "Path or URL that is asked with each sample, or a map with `get`, `expect`, `identity`, `because` and `timeout`, as in `health`.",
      ),
    restarts: z
      .int()
      .min(0)
      .max(100)
      .default(0)
      .describe("How many restarts are tolerated, all parts together."),
    most_failed: z
      .int()
      .min(0)
      .default(0)
      .describe("How many samples may find it unwell. They are a warning."),
    wait: duration.optional().describe("Before the first sample."),
  })
  .describe("Watches a target for a while: nothing restarts or ends, and it stays well.");

export type StabilitySpec = z.output<typeof stabilitySpec>;

/** The samples that fit in, the one at the beginning and the one at the end included. */
export function samplesIn({ for: length, every }: Pick<StabilitySpec, "for" | "every">): number {
  return Math.floor(length / every) + 1;
}

/** Fewer are no proof: one in ten may be missing. */
export function leastSamples(spec: Pick<StabilitySpec, "for" | "every">): number {
  return Math.ceil(samplesIn(spec) * 0.9);
}
