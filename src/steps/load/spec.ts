import { z } from "zod";
import { duration, exactlyOne, several } from "../words.ts";

const METHODS = ["get", "head", "post", "put", "patch", "delete"] as const;

const place = z.string().min(1).optional();
const count = z.int().min(1).max(10_000_000);

const closed = z
  .strictObject({
    requests: count.optional().describe("How many are measured; the warm-up is not counted."),
    for: duration.optional().describe("Instead of a number: how long."),
    concurrency: z.int().min(1).max(5_000).default(10).describe("Users who ask at the same time."),
  })
  .superRefine(exactlyOne(["requests", "for"]));

/** A bare number is most likely meant by the second. */
function rateHelp({ input }: { readonly input?: unknown }): string {
  const amount = /^\s*(\d{1,6}(?:\.\d{1,3})?)\s*$/.exec(String(input))?.[1];
  return amount === undefined
    ? "Write a rate as 500/s or 30/m."
    : `Write a rate as ${amount}/s, or as ${amount}/m.`;
}

const open = z.strictObject({
  rate: z
    .string({ error: rateHelp })
    .regex(/^\d{1,6}(\.\d{1,3})?\s*\/\s*(s|m)$/, { error: rateHelp })
    .describe("Requests that start in a second or minute, whatever the answers do: 500/s."),
  for: duration.describe("How long, the warm-up not counted."),
  most_in_flight: z
    .int()
    .min(1)
    .max(20_000)
    .optional()
    .describe(
      "Requests under way at once; more are held back, and still measured from when they were due. Default: two seconds' worth, at least 100.",
    ),
});

const body = z.strictObject({
  sha256: z.string().min(1).optional().describe("Of the whole body, lower-case hex."),
  bytes: z
    .union([z.int().min(0), z.string().min(1)])
    .optional()
    .describe("Length of the body."),
  contains: z.string().min(1).optional().describe("Text somewhere in the body."),
});

const status = z.union([z.int().min(200).max(599), z.string().regex(/^[2-5]xx$/)]);

/** What is sent how often, and what must be so. */
export const loadSpec = z
  .strictObject({
    get: place.describe("Path below the environment's url, or a whole URL."),
    head: place.describe("The same, asked with HEAD."),
    post: place.describe("The same, asked with POST."),
    put: place.describe("The same, asked with PUT."),
    patch: place.describe("The same, asked with PATCH."),
    delete: place.describe("The same, asked with DELETE."),
    scenario: place.describe("Takes the request from a step of this scenario file; needs `step`."),
    step: place.describe("Name of that step. The steps before it are carried out once, first."),
    with: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .optional()
      .describe("Further values that the scenario may look up."),
    headers: z.record(z.string(), z.string()).default({}).describe("Headers of each request."),
    bearer: z.string().min(1).optional().describe("Token; a look-up of a secret."),
    basic: z
      .strictObject({
        user: z.string().min(1).describe("User name."),
        password: z.string().min(1).describe("Password; a look-up of a secret."),
      })
      .optional()
      .describe("Signs in with name and password."),
    json: z.json().optional().describe("Body, sent as JSON."),
    text: z.string().optional().describe("Body, sent as it stands."),
    closed: closed
      .optional()
      .describe("Users who each wait for their answer: { requests: 100, concurrency: 10 }."),
    open: open.optional().describe("A rate that waits for nobody: { rate: 500/s, for: 30s }."),
    warm_up: z
      .strictObject({
        requests: z.int().min(0).max(1_000_000).optional().describe("How many."),
        for: duration.optional().describe("How long."),
      })
      .optional()
      .describe(
        "Sent first and not measured. Default for N requests: a tenth of them, at least one per user, at most 5000; for a time: a fifth of it, at most 2 s.",
      ),
    good: several(status).default(["2xx"]).describe("Statuses of a good answer."),
    body: body.optional().describe("What each good answer's body must be; any other is an error."),
    hash: z
      .boolean()
      .default(false)
      .describe("Takes the sha256 of each body and lists the different ones."),
    expect: several(z.string().min(1)).describe(
      "What must be so: `p95 < 2s`, `errors < 5%`, `throughput > 30 MB/s`. Without one on errors, `errors == 0` is added.",
    ),
    target: z
      .string()
      .min(1)
      .optional()
      .describe("Target whose processes' memory and CPU are sampled meanwhile."),
    abort: z.boolean().default(true).describe("Ends early when a threshold can't hold any more."),
    least_beyond: z
      .int()
      .min(1)
      .max(1_000)
      .default(5)
      .describe(
        "Samples beyond a percentile, at least; with fewer it is inconclusive. 5: p95 needs 100 good answers, p99 needs 500.",
      ),
    strict: z
      .boolean()
      .default(false)
      .describe("A percentile whose 95 % interval holds the threshold is inconclusive."),
    timeout: duration.prefault("30s").describe("For one answer, up to its last byte."),
    keep_alive: z
      .boolean()
      .default(true)
      .describe("false: each request has a connection of its own."),
    effect: z
      .enum(["read", "idempotent", "once"])
      .optional()
      .describe(
        "What running it again after a crash means. Default: read for GET and HEAD, else once.",
      ),
    companion: z
      .string()
      .optional()
      .describe(
        "The scenario's text; put here when the plan is made, so that the plan is complete.",
      ),
    companions: z
      .record(z.string(), z.string())
      .optional()
      .describe("Texts of the files that it names; put here like the text itself."),
    path: z.string().optional().describe("Where that text was read; for messages."),
  })
  .superRefine(exactlyOne([...METHODS, "scenario"]))
  .superRefine(exactlyOne(["closed", "open"]))
  .describe("Sends many requests, and judges how fast and how well they are answered.");

export type LoadSpec = z.output<typeof loadSpec>;

/** Method and place of the request that is written in the spec itself. */
export function askedOf(
  spec: LoadSpec,
): { readonly method: string; readonly place: string } | undefined {
  const method = METHODS.find((each) => spec[each] !== undefined);
  return method === undefined
    ? undefined
    : { method: method.toUpperCase(), place: spec[method] ?? "" };
}

/** Requests in a second. */
export function rateOf({ rate }: NonNullable<LoadSpec["open"]>): number {
  return Number.parseFloat(rate) / (rate.endsWith("m") ? 60 : 1);
}

/** How many are measured, when that is known before. */
export function plannedRequests({ closed: users, open: pace }: LoadSpec): number | undefined {
  if (pace !== undefined) return Math.max(1, Math.round((rateOf(pace) * pace.for) / 1_000));
  return users?.requests;
}
