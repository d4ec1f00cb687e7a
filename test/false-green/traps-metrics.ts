import { html, json, type Reply, type Scene, type Trap } from "./trap.ts";

const page = (body: string): Reply => ({ type: "text/plain; version=0.0.4", body });
const UP = page('# TYPE up gauge\nup{job="erp"} 1\nup{job="web"} 1\n');
const reads = (expect: string): string => `- metrics: { get: /metrics, expect: [${expect}] }`;
/** Marks the page, then judges the next one. */
const since = (expect: string, more = ""): string =>
  `- id: before\n  metrics: { get: /metrics, mark: true }\n- metrics: { get: /metrics, since: before, expect: [${expect}]${more} }`;
const pages =
  (first: string, second: string) =>
  (_: string, nth: number): Reply =>
    page(nth === 0 ? first : second);
const sold = (n: number, more = ""): string =>
  `# TYPE sold_total counter\nsold_total${more} ${n}\n`;
const asks = (more = ""): string =>
  `- metrics: { prometheus: "http://here", query: up, expect: "every == 1"${more} }`;
const vector = (...values: readonly string[]): Reply =>
  json({
    status: "success",
    data: {
      resultType: "vector",
      result: values.map((value, at) => ({ metric: { job: `j${at}` }, value: [1e9, value] })),
    },
  });

const metrics = (
  name: string,
  naive: string,
  sides: { readonly trap: Partial<Scene>; readonly honest?: Partial<Scene> },
  says: Trap["says"],
): Trap => ({
  check: "metrics",
  name,
  naive,
  trap: { steps: reads('"up == 1"'), serve: UP, ...sides.trap },
  honest: { serve: UP, ...sides.honest },
  says,
});
const NO = "failed metrics-not-metrics";
const OPEN = "inconclusive metrics-undecided";

/** Numbers that are not there, or not what they were. */
export const metricsTraps: readonly Trap[] = [
  metrics(
    "A login page in HTML answers in place of the metrics",
    "it is read as a metric called `<html>…` (measured of a parser)",
    { trap: { serve: html("<h1>Sign in</h1>") } },
    NO,
  ),
  metrics(
    "The page of metrics is empty",
    "no series, no alert",
    { trap: { serve: page("") } },
    "inconclusive metrics-absent",
  ),
  metrics(
    "The metric that must not rise was never there",
    "what is absent is 0, and 0 has not risen",
    {
      trap: {
        steps: since('"failures_total did not rise"'),
        serve: pages(sold(1), sold(5)),
      },
      honest: {
        serve: pages(
          "# TYPE failures_total counter\nfailures_total 0\n",
          "# TYPE failures_total counter\nfailures_total 0\n",
        ),
      },
    },
    OPEN,
  ),
  metrics(
    "The label is misspelt",
    "no series is selected, so none is wrong",
    {
      trap: { steps: reads(`'up{jobb="erp"} == 1'`) },
      honest: { steps: reads(`'up{job="erp"} == 1'`) },
    },
    OPEN,
  ),
  metrics(
    "The process began anew, and its counter with it",
    "2 is less than 500: nothing has risen",
    {
      trap: { steps: since('"sold_total did not rise"'), serve: pages(sold(500), sold(2)) },
      honest: { serve: pages(sold(500), sold(500)) },
    },
    OPEN,
  ),
  metrics(
    "The process began anew, and its counter is higher already",
    "3 more, as expected",
    {
      trap: {
        steps: since('"sold_total rose by 3"'),
        serve: pages(
          `${sold(2)}process_start_time_seconds 100\n`,
          `${sold(5)}process_start_time_seconds 200\n`,
        ),
      },
      honest: {
        serve: pages(
          `${sold(2)}process_start_time_seconds 100\n`,
          `${sold(5)}process_start_time_seconds 100\n`,
        ),
      },
    },
    OPEN,
  ),
  metrics(
    "The value is NaN",
    "NaN is not greater than the limit",
    {
      trap: { steps: reads('"heat <= 90"'), serve: page("# TYPE heat gauge\nheat NaN\n") },
      honest: { serve: page("# TYPE heat gauge\nheat 70\n") },
    },
    OPEN,
  ),
  metrics(
    "The value is NaN, and anything but 0 is right",
    "NaN is not 0",
    {
      trap: { steps: reads('"heat != 0"'), serve: page("# TYPE heat gauge\nheat NaN\n") },
      honest: { serve: page("# TYPE heat gauge\nheat 70\n") },
    },
    OPEN,
  ),
  metrics(
    "One of two series is down",
    "any of them, or the first, is 1",
    { trap: { serve: page('# TYPE up gauge\nup{job="erp"} 1\nup{job="web"} 0\n') } },
    "failed metrics-not-as-expected",
  ),
  metrics(
    "A series is there twice with two values",
    "the last one wins (measured of a parser)",
    { trap: { serve: page("# TYPE up gauge\nup 0\nup 1\n") } },
    NO,
  ),
  metrics(
    "A value is no number",
    "`up abc` is taken (measured of a parser)",
    {
      trap: { steps: reads('"down == 0"'), serve: page("up abc\ndown 0\n") },
      honest: { serve: page("up 1\ndown 0\n") },
    },
    NO,
  ),
  metrics(
    "The page is cut off in the middle of a number",
    "`1` of `10` is a number",
    { trap: { serve: page("# TYPE up gauge\nup 1") } },
    NO,
  ),
  metrics(
    "The page of metrics answers 500 with metrics in it",
    "the text is parsed, whatever the status is",
    { trap: { serve: { ...UP, status: 500 } } },
    "failed metrics-refused",
  ),
  metrics(
    "A query finds no series at all",
    "every one of none is 1",
    { trap: { steps: asks(), serve: vector() }, honest: { serve: vector("1", "1") } },
    "inconclusive metrics-absent",
  ),
  metrics(
    "The metrics server answers 200 and says that the query failed",
    "what could not be fetched is not judged ([Keptn](https://github.com/keptn/keptn/issues/6096))",
    {
      trap: {
        steps: asks(),
        serve: json({ status: "error", errorType: "bad_data", error: "parse error" }),
      },
      honest: { serve: vector("1") },
    },
    "error metrics-query-refused",
  ),
  metrics(
    "The metrics server warns that its answer may not be whole",
    "warnings are not read",
    {
      trap: {
        steps: asks(),
        serve: json({
          status: "success",
          warnings: ["a store did not answer"],
          data: { resultType: "vector", result: [{ metric: {}, value: [1e9, "1"] }] },
        }),
      },
      honest: { serve: vector("1") },
    },
    "inconclusive metrics-warned",
  ),
  metrics(
    "Fewer series than there are hosts",
    "those that report are well",
    {
      trap: { steps: asks(", least_series: 3"), serve: vector("1") },
      honest: { serve: vector("1", "1", "1") },
    },
    "inconclusive metrics-absent",
  ),
  metrics(
    "The condition holds for every number",
    "a counter is never below 0",
    {
      trap: { steps: reads('"sold_total >= 0"'), serve: page(sold(5)) },
      honest: { steps: reads('"sold_total >= 1"'), serve: page(sold(5)) },
    },
    "refused step-refused",
  ),
  metrics(
    "A gauge is asked whether it rose",
    "8 is 3 more than 5, wherever it was in between",
    {
      trap: {
        steps: since('"heat rose by 3"'),
        serve: pages("# TYPE heat gauge\nheat 5\n", "# TYPE heat gauge\nheat 8\n"),
      },
      honest: { steps: since('"sold_total rose by 3"'), serve: pages(sold(5), sold(8)) },
    },
    OPEN,
  ),
  metrics(
    "The mark is of another page",
    "two numbers of one name are compared",
    {
      trap: {
        steps: since('"sold_total rose by 3"').replace("get: /metrics", "get: /other"),
        serve: pages(sold(5), sold(8)),
      },
      honest: { steps: since('"sold_total rose by 3"'), serve: pages(sold(5), sold(8)) },
    },
    "inconclusive metrics-other-mark",
  ),
];
