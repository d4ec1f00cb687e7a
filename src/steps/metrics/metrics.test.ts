import { describe, expect, test } from "vitest";
import { scripted, type Reply } from "../../../test/rig/grading-app.ts";
import { fakeWork } from "../../../test/rig/fake-work.ts";
import { preparation } from "../../../test/rig/step-work.ts";
import type { Result } from "../../model/event.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import { readCondition } from "./condition.ts";
import { metrics } from "./index.ts";

const URL = "http://staging.test/metrics";
const PLAIN = [["content-type", "text/plain; version=0.0.4"]] as const;
const page = (body: string): Reply => ({ headers: PLAIN, body });

const COUNTERS = `# TYPE downloads_total counter
downloads_total{status="success"} 3
downloads_total{status="error"} 1
# TYPE bytes_total counter
bytes_total 25000000
# TYPE up gauge
up{job="erp"} 1
up{job="web"} 1
# TYPE heat gauge
heat NaN
# TYPE empty_total counter
`;

interface Asked {
  readonly result: Result;
  readonly kept: ReadonlyMap<string, string>;
  readonly said: readonly string[];
}

async function ask(spec: object, reply: Reply, more: object = {}): Promise<Asked> {
  await using fake = await fakeWork(metrics, {
    spec: { get: URL, ...spec },
    http: scripted(() => reply),
    ...more,
  });
  const result = await metrics.run(fake.work);
  return { result, kept: new Map(fake.kept), said: [...fake.said] };
}

/** Marks one page, then judges the next one with a step of its own, as in a run. */
async function since(
  before: string,
  now: string,
  conditions: string | readonly string[],
  more: object = {},
): Promise<Asked> {
  await using first = await fakeWork(metrics, {
    spec: { get: URL, mark: true },
    http: scripted(() => page(before)),
  });
  const { facts = {} } = await metrics.run(first.work);
  const given = { folder: first.folder, factsOf: { before: facts as Record<string, Json> } };
  return await ask({ since: "before", expect: conditions, ...more }, page(now), given);
}

test("reads a page, says what each condition looked at, and keeps both", async () => {
  const { result, kept, said } = await ask(
    { expect: ["sum(downloads_total) >= 4", 'up{job=~"e.*"} == 1', "bytes_total > 20MB"] },
    page(COUNTERS),
  );
  expect(result).toMatchObject({
    outcome: "passed",
    summary: "3 conditions hold on 6 series",
    numbers: { samples: 6, conditions: 3, held: 3, failed: 0, undecided: 0 },
    facts: { series: 6 },
    evidence: [{ name: "metrics.prom" }, { name: "metrics.txt" }],
  });
  expect(kept.get("metrics.prom")).toBe(COUNTERS);
  expect(kept.get("metrics.txt")).toMatchInlineSnapshot(`
    "                                       NOW
    ✓ sum(downloads_total) >= 4
        downloads_total{status="success"}  3
        downloads_total{status="error"}    1
        sum of 2                           4
    ✓ up{job=~"e.*"} == 1
        up{job="erp"}                      1
    ✓ bytes_total > 20MB
        bytes_total                        25000000
    "
  `);
  expect(said).toEqual([
    "sum(downloads_total) >= 4",
    'up{job=~"e.*"} == 1 (1)',
    "bytes_total > 20MB (25000000)",
  ]);
});

const MORE = COUNTERS.replace("} 3", "} 6").replace("25000000", "55000000");

test("says what was added since the mark, in a table", async () => {
  const { result, kept, said } = await since(COUNTERS, MORE, [
    'downloads_total{status="success"} rose by 3',
    'downloads_total{status="error"} did not rise',
    "bytes_total rose by at least 30MB",
    "sum(downloads_total) rose by at most 3",
    "up did not change",
  ]);
  expect(result).toMatchObject({ outcome: "passed" });
  expect(kept.get("metrics.txt")).toMatchInlineSnapshot(`
    "before: before, 2026-11-21T06:00:00.000Z
                                           BEFORE    NOW       ROSE BY
    ✓ downloads_total{status="success"} rose by 3
        downloads_total{status="success"}  3         6         3
    ✓ downloads_total{status="error"} did not rise
        downloads_total{status="error"}    1         1         0
    ✓ bytes_total rose by at least 30MB
        bytes_total                        25000000  55000000  30000000
    ✓ sum(downloads_total) rose by at most 3
        downloads_total{status="success"}  3         6         3
        downloads_total{status="error"}    1         1         0
        sum of 2                           -         -         3
    ✓ up did not change
        up{job="erp"}                      1         1         -
        up{job="web"}                      1         1         -
    "
  `);
  expect(said[0]).toBe('downloads_total{status="success"} rose by 3 (3 → 6)');
});

test("fails when less was added, and says how much", async () => {
  const { result } = await since(COUNTERS, MORE, 'downloads_total{status="success"} rose by 4');
  expect(result).toMatchObject({
    outcome: "failed",
    failure: {
      code: "metrics-not-as-expected",
      what: '`downloads_total{status="success"} rose by 4` does not hold: downloads_total{status="success"} rose by 3.',
    },
  });
});

async function codeWith(facts: object): Promise<string> {
  const more = { factsOf: { before: facts } };
  const { result } = await ask(
    { since: "before", expect: "up did not change" },
    page(COUNTERS),
    more,
  );
  return `${result.outcome} ${result.failure?.code}`;
}

const counter = (value: number, more = "") => `# TYPE a_total counter\na_total ${value}\n${more}`;
const started = (at: number) => `process_start_time_seconds ${at}\n`;

describe("is never green", () => {
  test.each([
    [
      "an HTML page with status 200",
      { headers: [["content-type", "text/html"]], body: "<html>" },
      "failed",
      "metrics-not-metrics",
    ],
    ["an HTML page that says it is text", page("<html>\n"), "failed", "metrics-not-metrics"],
    [
      "JSON",
      { headers: [["content-type", "application/json"]], body: "{}" },
      "failed",
      "metrics-not-metrics",
    ],
    [
      "a compressed page that nobody asked for",
      { headers: [...PLAIN, ["content-encoding", "gzip"]], body: "x" },
      "failed",
      "metrics-not-metrics",
    ],
    ["a page that is cut off", page("# TYPE up gauge\nup 1"), "failed", "metrics-not-metrics"],
    ["a sign-in", { status: 302, headers: [["location", "/login"]] }, "failed", "metrics-refused"],
    ["no right to see it", { status: 401 }, "failed", "metrics-refused"],
    [
      "an error with metrics in it",
      { status: 500, headers: PLAIN, body: COUNTERS },
      "failed",
      "metrics-refused",
    ],
    ["an empty page", page(""), "inconclusive", "metrics-absent"],
    [
      "a page of comments and types",
      page("# TYPE up gauge\n# hello\n"),
      "inconclusive",
      "metrics-absent",
    ],
  ] as const)("%s", async (_, reply, outcome, code) => {
    expect((await ask({}, reply)).result).toMatchObject({ outcome, failure: { code } });
  });

  test.each([
    ["a metric that is not there", "errors_total == 0", "there is no series errors_total"],
    ["a metric without series", "empty_total < 1", "empty_total has no series yet"],
    ["the sum of nothing", "sum(errors_total) < 1", "there is no series errors_total"],
    ["the count of nothing", "count(errors_total) < 5", "there is no series errors_total"],
    [
      "a label that is not there",
      'up{job="other"} == 1',
      'up has 2 series, and none is up{job="other"}',
    ],
    ["not-a-number, unequal to everything", "heat != 1", "heat is not a number (NaN)"],
    ["the most of not-a-number", "max(heat) < 5", "heat is not a number (NaN)"],
  ])("%s", async (_, condition, why) => {
    expect((await ask({ expect: condition }, page(COUNTERS))).result).toMatchObject({
      outcome: "inconclusive",
      failure: { code: "metrics-undecided", what: expect.stringContaining(why) as string },
    });
  });

  test("one series of several that is otherwise", async () => {
    const body = COUNTERS.replace('up{job="web"} 1', 'up{job="web"} 0');
    expect((await ask({ expect: "up == 1" }, page(body))).result).toMatchObject({
      outcome: "failed",
      failure: { what: expect.stringContaining('up{job="web"} is 0') as string },
    });
  });

  test("a failure is said before a doubt", async () => {
    const { result } = await ask({ expect: ["nothing == 1", "up == 0"] }, page(COUNTERS));
    expect(result).toMatchObject({ outcome: "failed", numbers: { failed: 1, undecided: 1 } });
  });

  test.each([
    ["a counter that began anew", counter(9), counter(2), "a_total rose", "began anew"],
    [
      "a process that began anew and counted further",
      counter(3, started(1)),
      counter(6, started(2)),
      "a_total rose by 3",
      "the process began anew",
    ],
    ["a series that is gone", counter(3), "b 1\n", "a_total did not rise", "a_total is gone"],
    [
      "a series that is new with its metric",
      "b 1\n",
      counter(3),
      "a_total rose by 3",
      "was not there at the mark",
    ],
    [
      "a gauge that rose",
      "# TYPE a gauge\na 1\n",
      "# TYPE a gauge\na 4\n",
      "a rose by 3",
      "is a gauge",
    ],
    [
      "nothing, before and now",
      "b 1\n",
      "b 1\n",
      "a_total did not rise",
      "there is no series a_total",
    ],
    [
      "a counter too large to count",
      counter(2 ** 53),
      counter(2 ** 53 + 2),
      "a_total rose",
      "too large",
    ],
    ["a counter that is not a number", counter(Number.NaN), counter(3), "a_total rose", "NaN"],
    [
      "a new series that did not change",
      "b 1\n",
      "b 1\na 1\n",
      "a did not change",
      "not there at the mark",
    ],
  ])("%s", async (_, before, now, condition, why) => {
    expect((await since(before, now, condition)).result).toMatchObject({
      outcome: "inconclusive",
      failure: { what: expect.stringContaining(why) as string },
    });
  });

  test("a mark that is not there, is of another page, or was changed", async () => {
    const mark = {
      url: URL,
      at: "2026-01-01T00:00:00.000Z",
      format: "prometheus",
      page: "none.prom",
      sha256: "0".repeat(64),
    };
    expect(await codeWith({})).toBe("inconclusive metrics-no-mark");
    expect(await codeWith({ mark: { ...mark, url: "http://other.test/metrics" } })).toBe(
      "inconclusive metrics-other-mark",
    );
    expect(await codeWith({ mark })).toBe("inconclusive metrics-mark-lost");
  });
});

test.each([
  ["of a metric that was there", '# TYPE a_total counter\na_total{x="1"} 1\n', {}],
  ["of a metric that had no series yet", "# TYPE a_total counter\nb 1\n", {}],
  ["when the plan says so", "b 1\n", { new_series: "from_zero" }],
])("counts a new series from 0 %s", async (_, before, more) => {
  const now = '# TYPE a_total counter\na_total{x="2"} 3\n';
  const { result, kept } = await since(before, now, 'a_total{x="2"} rose by 3', more);
  expect(result.outcome).toBe("passed");
  expect(kept.get("metrics.txt")).toMatch(/ 0 +3 +3 +new/);
});

test("hides what it signs in with, and sends it", async () => {
  const http = scripted(() => ({ headers: PLAIN, body: 'a{x="s3cret-token"} ?\n' }));
  await using fake = await fakeWork(metrics, {
    spec: { get: URL, bearer: "s3cret-token" },
    http,
  });
  const { failure } = await metrics.run(fake.work);
  expect(http.asked[0]?.headers).toContainEqual(["authorization", "Bearer s3cret-token"]);
  expect(failure?.detail).toBe('a{x="***"} ?\n');
});

const body = (data: object, more: object = {}): Reply => ({
  body: JSON.stringify({ status: "success", data, ...more }),
});
const query = async (reply: Reply, more: object = {}) => {
  const http = scripted(() => reply);
  await using fake = await fakeWork(metrics, {
    spec: {
      prometheus: "http://prom.test/base/",
      query: 'up{job="erp"}',
      expect: "every == 1",
      ...more,
    },
    http,
  });
  const result = await metrics.run(fake.work).catch((error: unknown) => ({
    outcome: "error",
    failure: (error as { failure: unknown }).failure,
  }));
  return { result, http, kept: new Map(fake.kept) };
};

describe("asks Prometheus", () => {
  const vector = (...values: readonly (readonly [object, string])[]) =>
    body({
      resultType: "vector",
      result: values.map(([metric, value]) => ({ metric, value: [1, value] })),
    });
  const matrix = (values: readonly string[]) =>
    body({
      resultType: "matrix",
      result: [
        { metric: { __name__: "up", job: "erp" }, values: values.map((value, at) => [at, value]) },
      ],
    });
  const UP = { __name__: "up", job: "erp" };

  test("at this moment", async () => {
    const { result, http, kept } = await query(vector([UP, "1"], [{ ...UP, instance: "b" }, "1"]));
    expect(result).toMatchObject({ outcome: "passed", summary: "1 condition holds on 2 series" });
    expect(http.asked[0]?.url).toBe(
      "http://prom.test/base/api/v1/query?query=up%7Bjob%3D%22erp%22%7D",
    );
    expect(kept.get("metrics.txt")).toMatchInlineSnapshot(`
      "                                NOW
      ✓ every == 1
          up{job="erp"}               1
          up{job="erp",instance="b"}  1
      "
    `);
  });

  test("about a time that has passed", async () => {
    const range = { last: "1m", step: "15s" };
    const { result, http, kept } = await query(matrix(["1", "1", "1", "1", "1"]), { range });
    expect(result).toMatchObject({ outcome: "passed", numbers: { samples: 5, series: 1 } });
    expect(http.asked[0]?.url).toMatch(/query_range\?query=.*&start=\d+&end=\d+&step=15$/);
    expect(kept.get("metrics.txt")).toMatchInlineSnapshot(`
      "                   NOW
      ✓ every == 1
          up{job="erp"}  1    min 1, max 1, avg 1, 5 points
      "
    `);
    expect((await query(matrix(["1", "1", "0", "1", "1"]), { range })).result.outcome).toBe(
      "failed",
    );
    expect((await query(matrix(["1", "1", "1"]), { range })).result).toMatchObject({
      outcome: "inconclusive",
      failure: {
        code: "metrics-too-few-points",
        what: 'up{job="erp"} has 3 of 5 points in the last 1 m; at least 4 are needed.',
      },
    });
  });

  test.each([
    ["nothing", vector(), {}, "inconclusive"],
    ["a value that is otherwise", vector([UP, "1"], [UP, "0"]), {}, "failed"],
    ["fewer series than must be there", vector([UP, "1"]), { least_series: 2 }, "inconclusive"],
    ["not-a-number", vector([UP, "NaN"]), { expect: "every != 0" }, "inconclusive"],
    ["infinity", vector([UP, "+Inf"]), { expect: "max < 10" }, "failed"],
    [
      "an answer that may not be whole",
      body(
        { resultType: "vector", result: [{ metric: UP, value: [1, "1"] }] },
        { warnings: ["remote read failed"] },
      ),
      {},
      "inconclusive",
    ],
    ["a text", body({ resultType: "string", result: [1, "1"] }), {}, "error"],
    ["a matrix where a moment was asked for", matrix(["1"]), {}, "error"],
    ["a number that is none", vector([UP, "one"]), {}, "error"],
    ["an empty number", vector([UP, ""]), {}, "error"],
    [
      "a number without quotes",
      body({ resultType: "vector", result: [{ metric: UP, value: [1, 1] }] }),
      {},
      "error",
    ],
    [
      "a series without value",
      body({ resultType: "vector", result: [{ metric: UP }] }),
      {},
      "error",
    ],
    [
      "an error with status 200",
      { body: '{"status":"error","errorType":"bad_data","error":"x"}' },
      {},
      "error",
    ],
    [
      "an error",
      { status: 400, body: '{"status":"error","errorType":"bad_data","error":"parse error"}' },
      {},
      "error",
    ],
    ["status 503 with an answer", { ...vector([UP, "1"]), status: 503 }, {}, "error"],
    ["HTML", { body: "<html>" }, {}, "error"],
    ["null", { body: "null" }, {}, "error"],
    ["another program's JSON", { body: '{"ok":true}' }, {}, "error"],
  ])("is never green about %s", async (_, reply, more, outcome) => {
    expect((await query(reply, more)).result.outcome).toBe(outcome);
  });

  test("takes a single number, and keeps its hints as warnings", async () => {
    const one = body(
      { resultType: "scalar", result: [1, "1"] },
      { infos: ["metric might not be a counter"] },
    );
    expect((await query(one)).result).toMatchObject({
      outcome: "passed",
      warnings: ["metric might not be a counter"],
    });
  });
});

test.each([
  ["a word that is none", { expect: "up fell by 3" }, "expect", /one of rose, did should stand/],
  ["another form of rose", { expect: "up rise by 3" }, "expect", /a test should stand/],
  ["a single =", { expect: "up = 1" }, "expect", /comparison/],
  ["a comparison with a word", { expect: "up == one" }, "expect", /a number or a size/],
  ["something behind the end", { expect: "up == 1 or down" }, "expect", /the end should stand/],
  ["no comparison", { expect: "up" }, "expect", /comparison/],
  ["a matcher without quotes", { expect: "up{job=erp} == 1" }, "expect", /a value in quotes/],
  ["a pattern that is none", { expect: 'up{job=~"("} == 1' }, "expect", /a pattern \(RE2\)/],
  ["braces that never close", { expect: 'up{job="a" == 1' }, "expect", /, or }/],
  ["not-a-number", { expect: "up == NaN" }, "expect", /a number/],
  ["a counter at least 0", { expect: "a_total >= 0" }, "expect", /can never fail/],
  ["a counter above -1", { expect: "sum(a_count) > -1" }, "expect", /can never fail/],
  ["a counter below 0", { expect: "a_total < 0" }, "expect", /can never hold/],
  ["a count of at least 1", { expect: "count(up) >= 1" }, "expect", /can never fail/],
  ["half a series", { expect: "count(up) == 1.5" }, "expect", /can never hold/],
  ["a rise without a mark", { expect: "a rose by 3" }, "expect", /since when/],
  [
    "a rise of at least 0",
    { expect: "a rose by at least 0", since: "before" },
    "expect",
    /can never fail/,
  ],
  ["a rise below 0", { expect: "a rose by -3", since: "before" }, "expect", /can never hold/],
  [
    "the most of a rise",
    { expect: "max(a) rose by 3", since: "before" },
    "expect",
    /nothing but sum/,
  ],
  [
    "a mark that no condition looks at",
    { expect: "up == 1", since: "before" },
    "since",
    /No condition/,
  ],
  ["a mark of nobody", { expect: "up rose", since: "nobody" }, "since", /no metrics step/],
  ["a query of a page", { query: "up" }, "query", /for `prometheus`/],
  ["two sign-ins", { bearer: "x", basic: { user: "a", password: "b" } }, "basic", /once/],
  ["a path that is none", { get: "metrics" }, "get", /neither/],
  [
    "a query without conditions",
    { get: undefined, prometheus: "http://p", query: "up" },
    "query",
    /any answer/,
  ],
  [
    "Prometheus without a query",
    { get: undefined, prometheus: "http://p", expect: "every == 1" },
    "prometheus",
    /what to ask/,
  ],
  [
    "a page's condition for a query",
    { get: undefined, prometheus: "http://p", query: "up", expect: "up == 1" },
    "expect",
    /one of every/,
  ],
  [
    "a count of at least 1 of a query",
    { get: undefined, prometheus: "http://p", query: "up", expect: "count > 0" },
    "expect",
    /can never fail/,
  ],
  [
    "a range of one point",
    {
      get: undefined,
      prometheus: "http://p",
      query: "up",
      expect: "every == 1",
      range: { last: "5s" },
    },
    "range",
    /one single point/,
  ],
  [
    "too many points",
    {
      get: undefined,
      prometheus: "http://p",
      query: "up",
      expect: "every == 1",
      range: { last: "7d", step: "1s" },
    },
    "range",
    /more than/,
  ],
  [
    "points without a range",
    { get: undefined, prometheus: "http://p", query: "up", expect: "every == 1", least_points: 3 },
    "least_points",
    /range/,
  ],
])("refuses %s", (_, spec, key, what) => {
  const parsed = metrics.spec.parse({ get: "/metrics", ...spec }) as JsonObject;
  const before = [{ id: "before", kind: "metrics" }];
  const { diagnostics = [] } = metrics.prepare?.(parsed, { ...preparation(), before }) ?? {};
  expect(diagnostics.map(({ code }) => code)).toEqual([`refused:${key}`]);
  expect(diagnostics[0]?.what).toMatch(what);
});

test.each([
  { get: "/metrics" },
  {
    get: "${env.url}/metrics",
    expect: ['a{x="${run.id}"} rose by ${steps.make.count}', "b >= ${N}"],
    since: "before",
  },
  {
    prometheus: "${PROM}",
    query: "up",
    expect: ["every == 1", "count == 3"],
    range: { last: "5m" },
  },
  { get: "/metrics", expect: 'sum( a{x!="1", y=~"b|c",} ) >= 1.5e3' },
])("does not refuse %j", (spec) => {
  const parsed = metrics.spec.parse(spec) as JsonObject;
  const before = [{ id: "before", kind: "metrics" }];
  expect(metrics.prepare?.(parsed, { ...preparation(), before }).diagnostics).toEqual([]);
});

test.each([
  ['up{job=~"e"}', 0],
  ['up{job=~"e.*|web"}', 2],
  ['up{job!~"e.*"}', 1],
  ['up{job!="erp"}', 1],
  ['up{other=""}', 2],
  ["up{job='erp'}", 1],
  ["up{}", 2],
])("%s selects %i series, as in PromQL", async (selector, count) => {
  const { result } = await ask({ expect: `count(${selector}) == ${count}` }, page(COUNTERS));
  expect(result.outcome).toBe(count === 0 ? "inconclusive" : "passed");
});

test.each([
  ["up rise by 3", "Did you mean `rose by 3`?"],
  ["up raised by at least 3", "Did you mean `rose by at least 3`?"],
  ["up increased 3", "Did you mean `rose by 3`?"],
  ["up rises", "Did you mean `rose`?"],
])("%s: says what was meant", (text, words) => {
  const read = readCondition(text);
  expect(read.ok ? "" : read.fix).toContain(words);
});
