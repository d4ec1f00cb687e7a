import { z } from "zod";
import { duration, exactlyOne, several } from "../words.ts";

const range = z.strictObject({
  last: duration.describe("How far back: 5m."),
  step: duration.prefault("15s").describe("From one point to the next."),
});

const basic = z.strictObject({
  user: z.string().min(1).describe("User name."),
  password: z.string().min(1).describe("Password; a look-up of a secret."),
});

/** Which numbers are asked for, and what they must be. */
export const metricsSpec = z
  .strictObject({
    get: z
      .string()
      .min(1)
      .optional()
      .describe("Page of metrics: path below the environment's url, or a whole URL."),
    prometheus: z
      .string()
      .min(1)
      .optional()
      .describe("Instead of a page: URL of a Prometheus server (or one that speaks its API)."),
    query: z.string().min(1).optional().describe("What to ask Prometheus, in PromQL."),
    range: range
      .optional()
      .describe("Looks at every point of a time that has passed, not at this moment alone."),
    bearer: z.string().min(1).optional().describe("Token; a look-up of a secret."),
    basic: basic.optional().describe("Signs in with name and password."),
    mark: z
      .boolean()
      .default(false)
      .describe("Keeps the page, so that a later step can say how much was added `since`."),
    since: z.string().min(1).optional().describe("Id of the step with the mark to compare with."),
    new_series: z
      .literal("from_zero")
      .optional()
      .describe(
        "Counts a series that was not there at the mark from 0, also where its whole metric was not there.",
      ),
    expect: several(z.string().min(1))
      .optional()
      .describe("Conditions; all must hold: `downloads_total rose by 3`, `every == 1`."),
    least_series: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(1)
      .describe("With fewer series the step is inconclusive."),
    least_points: z
      .int()
      .min(1)
      .max(11_000)
      .optional()
      .describe(
        "With `range`: with fewer points in a series the step is inconclusive. Default: 80 % of those that fit in.",
      ),
    timeout: duration.prefault("10s").describe("For the answer."),
  })
  .superRefine(exactlyOne(["get", "prometheus"]))
  .describe("Reads metrics, and judges their values or what was added to them.");

export type MetricsSpec = z.output<typeof metricsSpec>;

/** How many points fit into the range. */
export function pointsIn({ last, step }: NonNullable<MetricsSpec["range"]>): number {
  return Math.floor(last / step) + 1;
}
