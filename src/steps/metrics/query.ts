import { showDuration } from "../../lib/duration.ts";
import type { Result } from "../../model/event.ts";
import { Fault, type Failure } from "../../model/failure.ts";
import { keepText } from "../kept.ts";
import { readAnswer, type Found } from "./answer.ts";
import { ask, hider, shown, type MetricsWork } from "./ask.ts";
import { readQueryCondition, type Condition } from "./condition.ts";
import { conclude } from "./conclude.ts";
import { pointsIn } from "./spec.ts";
import { combine, judgeValues, type Judged, type Row } from "./verdict.ts";

/** Asks Prometheus, and judges what it found. */
export async function judgeQuery(work: MetricsWork): Promise<Result> {
  const { spec, step } = work;
  const hide = hider(work);
  const server = shown(spec.prometheus ?? "");
  const wanted = spec.range ? "range" : "instant";
  const answer = await ask(work, addressOf(work), "application/json");
  const text = new TextDecoder().decode(answer.body);
  const page = await keepText(work, "page", hide(text));
  const read = readAnswer(text, wanted);
  if (!read.ok || answer.status !== 200)
    throw new Fault({
      code: "metrics-query-refused",
      what: hide(
        `${server} answered with status ${answer.status}${read.ok ? "" : `: ${read.what}`}.`,
      ),
      fix: REFUSED[answer.status] ?? "Try the query in Prometheus' own page, and correct it here.",
      at: step.at,
      detail: hide(text.slice(0, 500)),
    });
  const { found } = read;
  const judged = (spec.expect ?? []).map((condition) => judge(condition, found));
  const doubt = doubtOf(work, found);
  const result = await conclude(work, judged, {
    ...(doubt && { doubt }),
    measured: found.series.reduce((sum, { points }) => sum + points.length, 0),
    series: found.series.length,
    evidence: page,
    hide,
  });
  return found.infos.length === 0 ? result : { ...result, warnings: found.infos.map(hide) };
}

const REFUSED: Readonly<Record<number, string>> = {
  401: "Give the `bearer` token or the `basic` sign-in that it wants.",
  403: "Give a token or a user who may ask it.",
  404: "Correct the URL: Prometheus' API is looked for at /api/v1 below it.",
};

function addressOf({ spec, clock }: MetricsWork): string {
  const base = (spec.prometheus ?? "").replace(/\/+$/, "");
  const query = new URLSearchParams({ query: spec.query ?? "" });
  if (spec.range === undefined) return `${base}/api/v1/query?${query.toString()}`;
  const { last, step } = spec.range;
  const end = clock.now() / 1_000;
  query.set("start", String(end - last / 1_000));
  query.set("end", String(end));
  query.set("step", String(step / 1_000));
  return `${base}/api/v1/query_range?${query.toString()}`;
}

function judge(text: string, found: Found): Judged {
  const read = readQueryCondition(text);
  if (!read.ok) return { condition: text, verdict: "unknown", why: read.what, rows: [] };
  const points = found.series.flatMap((series) => series.points);
  const { of } = read.condition;
  // How many series there are is asked for, not how often each was looked at.
  const values =
    of === "count" ? found.series.flatMap(({ points: [first] }) => first ?? []) : points;
  return { ...judgeValues(read.condition, values), rows: rowsOf(read.condition, found) };
}

function rowsOf({ of }: Condition, { series }: Found): readonly Row[] {
  const rows = series.map(({ key, points }): Row => {
    if (points.length === 1) return { series: key, now: points[0]?.value ?? Number.NaN };
    const [min, max, avg] = (["min", "max", "avg"] as const).map((each) => combine(each, points));
    const note = `min ${min}, max ${max}, avg ${Number(avg?.toPrecision(6))}, ${points.length} points`;
    return { series: key, now: points.at(-1)?.value ?? Number.NaN, note };
  });
  return of === "every" || of === "any"
    ? rows
    : [...rows, { series: `${of} of ${series.length}`, now: combine(of, valuesOf(of, series)) }];
}

function valuesOf(of: Condition["of"], series: Found["series"]) {
  return series.flatMap(({ points }) => (of === "count" ? points.slice(0, 1) : points));
}

/** Why what was found is not enough for a verdict. */
function doubtOf({ spec, step }: MetricsWork, { series, warnings }: Found): Failure | undefined {
  const doubt = (code: string, what: string, fix: string) => ({ code, what, fix, at: step.at });
  const asked = `\`${spec.query}\``;
  if (series.length < spec.least_series)
    return doubt(
      "metrics-absent",
      `${asked} gives ${series.length === 0 ? "nothing" : `${series.length} series`}; at least ${spec.least_series} must be there.`,
      "See whether it is scraped, and under which labels. A comparison in PromQL filters: move it into `expect`.",
    );
  if (warnings.length > 0)
    return doubt(
      "metrics-warned",
      `Prometheus warns that its answer may not be whole: ${warnings.join("; ")}.`,
      "Mend what it warns of, and run again.",
    );
  if (spec.range === undefined) return undefined;
  const fit = pointsIn(spec.range);
  const least = spec.least_points ?? Math.max(2, Math.ceil(fit * 0.8));
  const short = series.find(({ points }) => points.length < least);
  return (
    short &&
    doubt(
      "metrics-too-few-points",
      `${short.key} has ${short.points.length} of ${fit} points in the last ${showDuration(spec.range.last)}; at least ${least} are needed.`,
      "Wait until it has been scraped for that long, or ask for a shorter time.",
    )
  );
}
