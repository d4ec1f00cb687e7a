import { createHash } from "node:crypto";
import { html, json, type Scene, type Trap } from "./trap.ts";

const FILE = Buffer.alloc(20_000, "wave ");
const SHA = createHash("sha256").update(FILE).digest("hex");
const GOOD = { body: FILE };

const spec = (more: string): string => `- load: { get: /file, ${more} }`;
const closed = (expect: string, more = ""): string =>
  spec(
    `closed: { requests: 40, concurrency: 4 }, least_beyond: 1, abort: false, expect: [${expect}]${more}`,
  );

const load = (
  name: string,
  naive: string,
  sides: { readonly trap: Partial<Scene>; readonly honest?: Partial<Scene> },
  says: Trap["says"],
): Trap => ({
  check: "load",
  name,
  naive,
  trap: { steps: closed("p95 < 5s"), serve: GOOD, ...sides.trap },
  honest: { serve: GOOD, ...sides.honest },
  says,
});

/** Fast, because nothing was done. */
export const loadTraps: readonly Trap[] = [
  load(
    "Nobody listens on the port",
    "no answer, p95 = 0 ms, green (measured of a workflow runner); a threshold on a metric without samples is met ([k6](https://github.com/grafana/k6/issues/4283))",
    { trap: { serve: undefined } },
    "failed load-threshold-missed",
  ),
  load(
    "Every request is answered with 500, very fast",
    "p95 of 2 ms",
    { trap: { serve: { status: 500, body: "error" } } },
    "failed load-threshold-missed",
  ),
  load(
    "One request in ten is answered with 503, very fast",
    "errors make the percentiles better",
    {
      trap: {
        steps: closed("p95 < 5s, errors < 5%"),
        serve: (_, nth) => (nth % 10 === 9 ? { status: 503 } : GOOD),
      },
    },
    "failed load-threshold-missed",
  ),
  load(
    "Every request is redirected to a login page",
    "the redirect is followed, 200",
    { trap: { serve: { status: 302, headers: { location: "/login" } } } },
    "failed load-threshold-missed",
  ),
  load(
    "Under load an error page comes with 200",
    "status 200",
    {
      trap: {
        steps: closed(`p95 < 5s`, `, body: { contains: "wave wave" }`),
        serve: (_, nth) => (nth > 20 ? html("Too many connections") : GOOD),
      },
    },
    "failed load-threshold-missed",
  ),
  load(
    "Under load a download ends before its Content-Length",
    "the status line came",
    { trap: { serve: (_, nth) => (nth === 30 ? { ...GOOD, short: 5_000 } : GOOD) } },
    "failed load-threshold-missed",
  ),
  load(
    "Under load a download is shorter, and says so",
    "status 200, complete",
    {
      trap: {
        steps: closed("p95 < 5s", ", body: { bytes: 20000 }"),
        serve: (_, nth) => (nth === 30 ? { body: FILE.subarray(0, 9_000) } : GOOD),
      },
    },
    "failed load-threshold-missed",
  ),
  load(
    "Under load the bytes of two downloads are mixed up",
    "status and length are right",
    {
      trap: {
        steps: closed("p95 < 5s", `, body: { sha256: ${SHA} }`),
        serve: (_, nth) => (nth === 30 ? { body: Buffer.alloc(20_000, "other") } : GOOD),
      },
    },
    "failed load-threshold-missed",
  ),
  load(
    "The p99 is judged by 40 answers",
    "the slowest one, or the one before, is called p99",
    {
      trap: { steps: spec(`closed: { requests: 40 }, expect: ["p99 < 5s"]`) },
      honest: { steps: spec(`closed: { requests: 40 }, expect: ["p80 < 5s"]`) },
    },
    "inconclusive load-proved-nothing",
  ),
  load(
    "The load that was asked for was never there",
    "what could be sent was answered fast",
    {
      trap: {
        steps: spec(
          `open: { rate: 50/s, for: 400ms, most_in_flight: 1 }, least_beyond: 1, expect: ["p50 < 10s"]`,
        ),
        serve: { ...GOOD, afterMs: 60 },
      },
      honest: {
        steps: spec(`open: { rate: 20/s, for: 1s }, least_beyond: 1, expect: ["p50 < 10s"]`),
      },
    },
    "inconclusive load-proved-nothing",
  ),
  load(
    "Half of the requests get no answer in time",
    "they have no time, so they are in no percentile",
    {
      trap: {
        steps: spec(
          `closed: { requests: 16, concurrency: 8 }, abort: false, least_beyond: 1, timeout: 300ms, expect: ["p50 < 250ms"]`,
        ),
        serve: (_, nth) => (nth % 2 === 0 ? { ...GOOD, afterMs: 400 } : GOOD),
      },
    },
    "failed load-threshold-missed",
  ),
  load(
    "The memory of a target that cannot say it is judged",
    "no samples, most = 0",
    {
      trap: {
        steps: closed("memory < 500 MB", ", target: web"),
        target: {},
      },
      honest: {
        target: { usage: async () => [{ part: "web", pid: 1, memoryBytes: 1e8, cpuMs: 10 }] },
      },
    },
    "inconclusive load-proved-nothing",
  ),
  load(
    "The threshold can never be missed",
    "more than 100 % of errors never happen",
    {
      trap: { steps: closed("errors <= 100%") },
      honest: { steps: closed("errors <= 5%") },
    },
    "refused step-refused",
  ),
  load(
    "The threshold names a metric that there is not",
    "no such metric, nothing to compare",
    { trap: { steps: closed("p95_duration < 5s") }, honest: { steps: closed("p95 < 5s") } },
    "refused step-refused",
  ),
  load(
    "Nothing is expected of the load",
    "it ran to its end",
    {
      trap: { steps: spec("closed: { requests: 40 }") },
      honest: { steps: closed("p95 < 5s") },
    },
    "refused missing-key",
  ),
  load(
    "A POST is answered with 200 and an error in its JSON",
    "status 200",
    {
      trap: {
        steps: `- load: { post: /orders, json: { n: 1 }, effect: idempotent, closed: { requests: 40 }, body: { contains: '"ok":true' }, expect: ["errors < 5%"] }`,
        serve: json({ ok: false, error: "no stock" }),
      },
      honest: { serve: json({ ok: true }) },
    },
    "failed load-threshold-missed",
  ),
];
