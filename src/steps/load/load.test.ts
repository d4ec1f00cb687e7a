import { expect, test } from "vitest";
import { loadResult } from "../../../test/rig/load-result.ts";
import { preparation, stepWork } from "../../../test/rig/step-work.ts";
import { virtualClock } from "../../../test/rig/virtual-clock.ts";
import { BUCKETS, bucketOf } from "../../lib/log-histogram.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Usage } from "../../ports/driver.ts";
import type { LoadPlan, LoadPulse, LoadResult } from "../../ports/load.ts";
import type { Work } from "../../ports/step-kind.ts";
import { load } from "./index.ts";
import { reportOf } from "./sampling.ts";

const CLOSED = { get: "/files/1", closed: { requests: 100, concurrency: 10 } };
const times = (n: number, from = 1) => Array.from({ length: n }, (_, index) => index + from);

/** Runs the step with a generator that measured this. */
function run(
  spec: object,
  result: LoadResult,
  given: Partial<Work<JsonObject>> & { pulses?: LoadPulse[] } = {},
) {
  const plans: LoadPlan[] = [];
  const stops: (string | undefined)[] = [];
  const { pulses = [], ...rest } = given;
  const { work, told } = stepWork(
    load,
    { ...CLOSED, ...spec },
    {
      clock: virtualClock(),
      act: () => ({ signal: AbortSignal.timeout(1_000), timeoutMs: 1_000, say: () => undefined }),
      load: {
        run: async (plan, watch) => {
          plans.push(plan);
          stops.push(...pulses.map(watch.pulse));
          return result;
        },
      },
      ...rest,
    },
  );
  return { plans, stops, told, ended: load.run(work) };
}

test("passes on numbers, and keeps them as numbers, facts and files", async () => {
  const { ended, told, plans } = run(
    { expect: ["p95 < 2s", "errors < 5%"] },
    loadResult(times(100)),
  );
  const result = await ended;
  expect(result).toMatchObject({
    outcome: "passed",
    summary: "100 requests, 10 at a time, 0 errors, p95 95 ms, 100/s",
    numbers: {
      requests: 100,
      samples: 100,
      good: 100,
      bad: 0,
      errorRate: 0,
      p50Ms: 50,
      p90Ms: 90,
      p95Ms: 95,
      p99Ms: 99,
      maxMs: 100,
      serviceP95Ms: 95,
      requestsPerSecond: 100,
      bytesPerSecond: 100_000,
      warmUp: 10,
    },
    facts: { p95Ms: 95 },
    warnings: [],
  });
  expect([...told.saved.keys()]).toEqual(["load.log", "load.json", "load.html", "load.csv"]);
  expect(told.saved.get("load.csv")?.split("\n").length).toBe(102);
  expect(JSON.parse(told.saved.get("load.json") ?? "")).toMatchObject({
    request: "GET /files/1",
    thresholds: [
      { threshold: "p95 < 2s", outcome: "passed", value: 95 },
      { threshold: "errors < 5%" },
    ],
    percentiles: [{ name: "p50Ms" }, {}, { name: "p95Ms", low: 90, high: 100, beyond: 5 }, {}],
  });
  expect(told.saved.get("load.html")).not.toContain("<script");
  expect(plans[0]).toMatchObject({
    requests: [{ method: "GET", url: "http://staging.test/files/1" }],
    model: { kind: "closed", concurrency: 10, requests: 100 },
    warmUp: { requests: 10 },
    good: [{ from: 200, to: 299 }],
  });
});

const FAST = times(1_000).map((each) => each / 100);

test.each<[string, string, LoadResult, string, string | undefined]>([
  ["slower than asked", "p95 < 90ms", loadResult(times(100)), "failed", undefined],
  ["not slower", "p95 <= 95ms", loadResult(times(100)), "passed", undefined],
  ["written as k6 does", "p(95) < 96ms", loadResult(times(100)), "passed", undefined],
  [
    "too few for the percentile",
    "p99 < 2s",
    loadResult(times(100)),
    "inconclusive",
    "that takes 500 good answers",
  ],
  ["enough of them", "p99 < 2s", loadResult(FAST), "passed", undefined],
  [
    "too few, and all of them too slow",
    "p95 < 5ms",
    loadResult(times(50, 10)),
    "failed",
    undefined,
  ],
  ["not one good answer", "p95 < 2s", loadResult([], { bad: 100 }), "failed", undefined],
  ["nothing at all", "p95 < 2s", loadResult([]), "inconclusive", "no request was measured"],
  [
    "fast, but not without errors",
    "p95 < 2s",
    loadResult(times(150), { bad: 1 }),
    "failed",
    undefined,
  ],
  ["few enough errors", "errors < 5%", loadResult(times(96), { bad: 4 }), "passed", undefined],
  ["too many errors", "errors < 5%", loadResult(times(95), { bad: 5 }), "failed", undefined],
  ["no errors where there are none", "errors == 0", loadResult(times(100)), "passed", undefined],
  [
    "errors that are this machine's",
    "errors < 5%",
    loadResult(times(50), { bad: 50, generator: { failures: 50 } }),
    "inconclusive",
    "ran out of ports",
  ],
  [
    "a status",
    "status 5xx == 0",
    loadResult(times(100), { statuses: { 200: 99, 503: 1 } }),
    "failed",
    undefined,
  ],
  [
    "another status",
    "status 404 < 2%",
    loadResult(times(100), { statuses: { 200: 99, 503: 1 } }),
    "passed",
    undefined,
  ],
  ["bytes in a second", "throughput > 90 KB/s", loadResult(times(100)), "passed", undefined],
  ["not enough bytes", "throughput > 30 MB/s", loadResult(times(100)), "failed", undefined],
  [
    "not enough bytes, from a generator that could not do more",
    "throughput > 30 MB/s",
    loadResult(times(100), { generator: { cpu: 0.97 } }),
    "inconclusive",
    "97 % of its core",
  ],
  ["answers in a second", "rate > 100/s", loadResult(times(100)), "failed", undefined],
  [
    "slow answers of a generator that woke late",
    "p95 < 90ms",
    loadResult(times(100), { generator: { cpu: 0.9, lateMs: 20 } }),
    "inconclusive",
    "woke up to 20 ms late",
  ],
  [
    "answers far slower than waking late explains",
    "p95 < 20ms",
    loadResult(times(100), { generator: { cpu: 0.9, lateMs: 10 } }),
    "failed",
    undefined,
  ],
  [
    "fast answers in spite of it",
    "p95 < 96ms",
    loadResult(times(100), { generator: { cpu: 0.9, lateMs: 20 } }),
    "passed",
    undefined,
  ],
  ["the slowest", "max < 100ms", loadResult(times(100)), "failed", undefined],
  [
    "memory of nobody",
    "memory < 1GB",
    loadResult(times(100)),
    "inconclusive",
    "no target was sampled",
  ],
])("%s: %s", async (_, threshold, measured, outcome, why) => {
  const { ended } = run({ expect: threshold }, measured);
  const result = await ended;
  expect(result.outcome).toBe(outcome);
  if (why !== undefined) expect(result.failure?.what).toContain(why);
  if (outcome !== "passed") expect(result.failure?.fix).not.toBe("");
});

test("a share of samples beyond the percentile can be asked for, and certainty", async () => {
  const few = await run({ expect: "p99 < 2s", least_beyond: 1 }, loadResult(times(100))).ended;
  expect(few.outcome).toBe("passed");
  const unsure = await run({ expect: "p95 < 97ms", strict: true }, loadResult(times(100))).ended;
  expect(unsure).toMatchObject({ outcome: "inconclusive" });
  expect(unsure.failure?.what).toContain("between 90 ms and 100 ms");
  const sure = await run({ expect: "p95 < 120ms", strict: true }, loadResult(times(100))).ended;
  expect(sure.outcome).toBe("passed");
});

const FOR = { requests: undefined, for: "12s", concurrency: 2 };

test.each([
  ["few answers that are all far too slow", "p95 < 100ms", times(50, 450), {}, "failed"],
  ["few that are fast enough", "p95 < 600ms", times(50, 450), {}, "inconclusive"],
  ["fewer than are asked for", "p95 < 100ms", times(4, 450), {}, "inconclusive"],
  ["all slow where it woke late", "p95 < 100ms", times(50, 450), { lateMs: 40 }, "failed"],
  ["all slow where it slept", "p95 < 100ms", times(50, 450), { lateMs: 200 }, "inconclusive"],
])("for a time, %s: %s", async (_, threshold, answers, generator, outcome) => {
  const measured = loadResult(answers, { generator });
  const { ended } = run({ closed: FOR, expect: threshold }, measured);
  expect((await ended).outcome).toBe(outcome);
});

const OPEN = { closed: undefined, open: { rate: "100/s", for: "10s" } };

test.each([
  [
    "a load that was not there proves nothing",
    "p95 < 2s",
    { startedPerSecond: 60 },
    "inconclusive",
    "only 60.0 requests/s of 100",
  ],
  ["a load that was there does", "p95 < 2s", { startedPerSecond: 99.5 }, "passed", ""],
  [
    "what waited here is not the server's",
    "p95 < 900ms",
    { heldBack: 500 },
    "inconclusive",
    "raise `most_in_flight`",
  ],
  ["what waited there is", "p95 < 4ms", { heldBack: 500 }, "failed", ""],
])("open: %s", async (_, threshold, generator, outcome, why) => {
  const measured = loadResult(times(1_000), {
    generator,
    serviceMs: times(1_000).map((each) => each / 100),
  });
  const result = await run({ ...OPEN, expect: threshold }, measured).ended;
  expect(result.outcome).toBe(outcome);
  expect(result.failure?.what ?? "").toContain(why);
});

function pulse(given: Partial<LoadPulse>, slow = 0): LoadPulse {
  const response = new Uint32Array(BUCKETS);
  response[bucketOf(5_000)] = slow;
  return {
    atMs: 1_000,
    requests: 50,
    good: 50,
    bad: 0,
    bytes: 0,
    perSecond: 50,
    response,
    ...given,
  };
}

test.each([
  ["all is well", "p95 < 2s", pulse({}), undefined],
  ["5 of 100 may be slow", "p95 < 2s", pulse({}, 5), undefined],
  ["6 may not", "p95 < 2s", pulse({}, 6), '"p95 < 2s" can\'t hold any more'],
  ["4 of 100 may be wrong", "errors < 5%", pulse({ bad: 4 }), undefined],
  ["5 may not", "errors < 5%", pulse({ bad: 5 }), '"errors < 5%" can\'t hold any more'],
])("goes on as long as there is hope: %s", async (_, threshold, told, stop) => {
  const { stops, ended } = run({ expect: threshold }, loadResult(times(100)), { pulses: [told] });
  await ended;
  expect(stops).toEqual([stop]);
  const patient = run({ expect: threshold, abort: false }, loadResult(times(100)), {
    pulses: [told],
  });
  await patient.ended;
  expect(patient.stops).toEqual([undefined]);
});

test("a pulse is progress with numbers", async () => {
  const { told, ended } = run({ expect: "errors < 5%" }, loadResult(times(100)), {
    pulses: [pulse({ p50Ms: 3, p95Ms: 9 })],
  });
  await ended;
  expect(told.progress[0]).toMatchObject({
    text: "1 s: 50 requests, 0 bad, 50/s, p50 3 ms, p95 9 ms",
    numbers: { requests: 50, p95Ms: 9 },
  });
  expect(told.progress[1]).toMatchObject({ text: "errors < 5%: 0 %", outcome: "passed" });
});

const mb = (megabytes: number, cpuMs: number, pid = 7): Usage => ({
  part: "v1/web",
  pid,
  memoryBytes: megabytes * 1e6,
  cpuMs,
});

test("memory and CPU of the target are judged for each request in flight", async () => {
  const looks = [mb(100, 500), mb(150, 900), mb(120, 1_000)];
  let at = 0;
  const driver = () => ({ usage: async () => [looks[Math.min(at++, 2)]] }) as never;
  const spec = {
    target: "web",
    expect: ["memory per request < 20 MB", "cpu per request < 4%", "errors == 0"],
  };
  const slow = virtualClock();
  const generator = { run: async () => (await slow.sleep(600), loadResult(times(100))) };
  const result = await run(spec, loadResult([]), { driver, clock: slow, load: generator }).ended;
  expect(result).toMatchObject({
    outcome: "failed",
    numbers: {
      memoryBeforeBytes: 100e6,
      memoryPeakBytes: 150e6,
      memoryPerRequestBytes: 5e6,
      cpuPercent: 50,
      cpuPerRequestPercent: 5,
    },
    failure: { what: expect.stringContaining("cpu per request < 4% (measured: 5 %)") },
  });
});

test.each([
  ["cannot say", {}, "cannot say what its processes use"],
  ["has no process", { usage: async () => [] }, "had no process before the load"],
])("a target that %s leaves memory open, never zero", async (_, driver, why) => {
  const spec = { target: "web", expect: "memory per request < 20 MB" };
  const result = await run(spec, loadResult(times(100)), { driver: () => driver as never }).ended;
  expect(result).toMatchObject({
    outcome: "inconclusive",
    failure: { what: expect.stringContaining(why) },
  });
  expect(Object.keys(result.numbers ?? {})).not.toContain("memoryPeakBytes");
});

test("a process that came or went is counted with what it used", () => {
  const looks = [
    { atMs: 0, used: [mb(10, 1_000, 1)] },
    { atMs: 250, used: [mb(10, 1_100, 1), mb(5, 50, 2)] },
    { atMs: 500, used: [mb(6, 150, 2)] },
  ];
  expect(reportOf(looks, { target: "web", activeMs: 500 })).toMatchObject({
    report: { before: 10e6, peak: 15e6, cpuPercent: 50, gone: 1, parts: [{ part: "v1/web" }] },
  });
});

function refusals(spec: object, targets: string[] = []) {
  const parsed = load.spec.parse({ ...CLOSED, expect: "p95 < 2s", ...spec }) as JsonObject;
  const prepared = load.prepare?.(parsed, { ...preparation(), targets });
  return (prepared?.diagnostics ?? []).map(
    ({ code, what, fix }) => `${code.replace("refused:", "")}: ${what} ${fix}`,
  );
}

test.each<[string, object, string | RegExp]>([
  [
    "an unknown metric",
    { expect: "p95s < 2s" },
    /"p95s" is nothing that is measured. Did you mean/,
  ],
  ["another unknown one", { expect: "erorrs < 5%" }, 'Did you mean "errors"?'],
  ["percentile 0", { expect: "p0 < 2s" }, "is nothing that is measured"],
  ["no unit", { expect: "p95 < 2" }, "wants a time (250ms)"],
  ["a wrong unit", { expect: "throughput > 30 MB" }, "wants a size in a second (30 MB/s)"],
  ["one equals sign", { expect: "errors = 0" }, 'Equality is written "=="'],
  ["no threshold", { expect: "fast" }, "is not a threshold"],
  [
    "a time that is hit by chance",
    { expect: "p95 == 2s" },
    "compares something measured for equality",
  ],
  ["all errors allowed", { expect: "errors <= 100%" }, "can't fail"],
  ["more errors than requests allowed", { expect: "errors <= 100" }, "can't fail"],
  ["time that is never negative", { expect: "p95 >= 0ms" }, "can't fail"],
  [
    "longer than an answer may take",
    { expect: "p95 < 31s" },
    "can't fail. An answer is given up after 30 s.",
  ],
  ["fewer than none", { expect: "errors < 0%" }, "can't hold"],
  ["more than all", { expect: "good > 100%" }, "can't hold"],
  ["one that can't fail among others", { expect: ["p95 < 2s", "errors <= 100%"] }, "expect.1:"],
  ["memory of nobody", { expect: "memory < 1GB" }, "Add `target: NAME`"],
  ["an unknown target", { target: "wbe" }, 'no target "wbe"'],
  ["a place that is none", { get: "files" }, 'Begin it with "/"'],
  ["two ways to sign in", { bearer: "a", basic: { user: "a", password: "b" } }, "signs in once"],
  [
    "more users than requests",
    { closed: { requests: 5, concurrency: 10 } },
    "10 users cannot share 5 requests",
  ],
  [
    "a scenario without a step",
    { get: undefined, scenario: "a.yaml" },
    "which step of the scenario",
  ],
  [
    "a scenario that is not there",
    { get: undefined, scenario: "a.yaml", step: "x" },
    "no file a.yaml",
  ],
])("refuses %s", (_, spec, words) => {
  expect(refusals(spec).join("\n")).toMatch(
    words instanceof RegExp ? words : new RegExp(words.replaceAll(/[?.()|[\]]/g, "\\$&")),
  );
});

test.each([
  [
    "document 002's rule",
    {
      expect: [
        "p95 < 2s",
        "errors < 5%",
        "throughput > 30 MB/s",
        "memory per request < 20 MB",
        "cpu per request < 20%",
      ],
      target: "web",
    },
  ],
  ["an open load that may wait longer than one answer", { ...OPEN, expect: "p95 < 31s" }],
  ["memory that may shrink", { expect: "memory growth < 0 MB", target: "web" }],
  ["a count", { expect: ["errors < 3", "status 4xx == 0", "good >= 99"] }],
])("takes %s", (_, spec) => {
  expect(refusals(spec, ["web"])).toEqual([]);
});

test.each([
  ["nothing to expect", { expect: [] }],
  ["neither closed nor open", { closed: undefined }],
  ["both", { open: { rate: "5/s", for: "1s" } }],
  ["two requests", { post: "/x" }],
  ["a rate of nothing", { closed: undefined, open: { rate: "fast", for: "1s" } }],
])("is no spec with %s", (_, spec) => {
  expect(load.spec.safeParse({ ...CLOSED, expect: "p95 < 2s", ...spec }).success).toBe(false);
});

test.each([
  ["read", { get: "/" }],
  ["once", { post: "/" }],
  ["idempotent", { post: "/", effect: "idempotent" }],
])("what a second run means follows from the method: %s", (effect, spec) => {
  const given = { closed: { requests: 10 }, expect: "errors == 0", ...spec };
  expect(load.effect(load.spec.parse(given) as JsonObject)).toBe(effect);
});

const SCENARIO = `scenario: s
steps:
  - { name: in, post: /login, json: { p: "\${PASS}" }, expect: { status: 200 }, capture: { TOKEN: { json: $.token } } }
  - { name: fetch, get: /files/1, bearer: "\${TOKEN}", expect: { status: 200 } }
`;

test("takes its request from a step of a scenario, and does what comes before once", async () => {
  const parsed = load.spec.parse({
    scenario: "s.yaml",
    step: "fetch",
    closed: { requests: 100 },
    expect: "p95 < 2s",
  }) as JsonObject;
  const prepared = load.prepare?.(parsed, preparation({ "s.yaml": SCENARIO }, ["PASS"]));
  expect(prepared?.diagnostics).toEqual([]);
  expect(load.effect(prepared?.spec ?? {})).toBe("read");
  const { scripted } = await import("../../../test/rig/grading-app.ts");
  const http = scripted(() => ({ body: '{"token":"abc"}' }));
  const spec = JSON.parse(JSON.stringify(prepared?.spec).replaceAll("$${", "${"));
  delete spec.closed;
  const again = { ...spec, timeout: "30s", get: undefined, closed: { requests: 100 } };
  const { plans, ended } = run(again, loadResult(times(100)), {
    http,
    secrets: { PASS: "geheim" },
  });
  expect((await ended).outcome).toBe("passed");
  expect(http.asked).toHaveLength(1);
  expect(plans[0]?.requests[0]).toMatchObject({
    method: "GET",
    url: "http://staging.test/files/1",
  });
  expect(plans[0]?.requests[0].headers).toContainEqual(["authorization", "Bearer abc"]);
});

test("a step that the scenario does not have is a diagnostic", () => {
  const parsed = load.spec.parse({
    scenario: "s.yaml",
    step: "fetsh",
    closed: { requests: 100 },
    expect: "p95 < 2s",
  }) as JsonObject;
  expect(
    load.prepare?.(parsed, preparation({ "s.yaml": SCENARIO }, ["PASS"])).diagnostics,
  ).toMatchObject([{ code: "refused:step", fix: 'Use one of "in", "fetch".' }]);
});

test("no secret of a header gets into what is kept", async () => {
  const { ended, told } = run(
    { bearer: "s3cr3t-token", expect: "p95 < 2s" },
    loadResult(times(100)),
  );
  await ended;
  expect([...told.saved.values()].join("") + JSON.stringify(told.progress)).not.toContain(
    "s3cr3t-token",
  );
});

test.each([
  ["errors < 20%", "all of the first 50 were bad"],
  ["errors > 20%", undefined],
  ["errors < 90%", undefined],
])("where none of the first is good there is no hope for %s", async (threshold, stop) => {
  const spec = { expect: threshold, closed: { for: "60s" } };
  const pulses = [pulse({ requests: 50, good: 0, bad: 50 })];
  const { stops, ended } = run(spec, loadResult([], { bad: 50 }), { pulses });
  await ended;
  expect(stops).toEqual([stop]);
});

test("says which threshold it added, what was answered, and what one answer said", async () => {
  const badBody = Buffer.from(`\u001B[31mno such file for s3cr3t-token ${"x".repeat(400)}`);
  const measured = loadResult([], { bad: 100, statuses: { 404: 100 }, errors: {}, badBody });
  const given = { secrets: { TOKEN: "s3cr3t-token" } };
  const { failure } = await run({ expect: "p95 < 2s" }, measured, given).ended;
  expect(failure?.what).toContain(
    "errors == 0 (added, because `expect` says nothing about errors; measured: 100). Answers: 404 × 100.",
  );
  expect(failure?.fix).toContain("correct the path");
  expect(failure?.detail).toMatch(/^404 × 100\nThe first bad answer says: ·\[31mno such file for /);
  expect(failure?.detail).not.toMatch(/s3cr3t|token/);
  expect(failure?.detail?.length).toBeLessThan(400);
});

test.each<[string, Parameters<typeof loadResult>[1], string]>([
  ["a sign-in", { statuses: { 401: 100 }, errors: {} }, "sign in"],
  ["a redirection", { statuses: { 302: 100 }, errors: {} }, "where it points to"],
  ["a fault of the server", { statuses: { 500: 100 }, errors: {} }, "target's log"],
  ["nobody there", {}, "see that the target runs"],
  ["a wrong body", { statuses: { 200: 100 } }, "what `good` and `body` ask for"],
])("all bad from the first one on is no question of load: %s", async (_, given, fix) => {
  const result = await run({ expect: "errors == 0" }, loadResult([], { bad: 100, ...given })).ended;
  expect(result.failure?.fix).toContain(fix);
});

test.each<[string, string, LoadResult, string]>([
  ["some bad", "errors == 0", loadResult(times(100), { bad: 3 }), "failed under this load"],
  ["slow", "p95 < 9ms", loadResult(times(100)), "when it became slow"],
  [
    "this machine",
    "errors == 0",
    loadResult(times(50), { bad: 50, generator: { failures: 50 } }),
    "Lower the rate",
  ],
  ["too few", "p99 < 2s", loadResult(times(100)), "Send more requests."],
])("what to do follows from the cause: %s", async (_, threshold, measured, fix) => {
  expect((await run({ expect: threshold }, measured).ended).failure?.fix).toContain(fix);
});

test.each([
  [5, "Write a rate as 5/s, or as 5/m."],
  ["5", "Write a rate as 5/s, or as 5/m."],
  ["fast", "Write a rate as 500/s or 30/m."],
])("a rate %j without its unit is asked for once", (rate, words) => {
  const given = { get: "/", open: { rate, for: "1s" }, expect: "p95 < 2s" };
  const { error } = load.spec.safeParse(given);
  expect(error?.issues.map(({ message }) => message)).toEqual([words]);
});

test("a plan names the thresholds, of many the first few", () => {
  const expected = ["p95 < 2s", "p50 < 1s", "rate > 1/s", "max < 3s", "errors < 5%"];
  const spec = load.spec.parse({ ...CLOSED, expect: expected }) as JsonObject;
  expect(load.describe(spec)).toMatch(/ and judge p95 < 2s; .*; max < 3s; 1 more$/);
});
