import type { Evidence } from "../../model/evidence.ts";
import type { Result } from "../../model/event.ts";
import type { Failure } from "../../model/failure.ts";
import type { MetricsPage } from "../../lib/prometheus-text.ts";
import { hider, shown, type MetricsWork } from "./ask.ts";
import { conclude } from "./conclude.ts";
import { readCondition } from "./condition.ts";
import { judgePage } from "./judge-page.ts";
import { markOf, readMark } from "./mark.ts";
import { readPage } from "./page.ts";
import { judgeQuery } from "./query.ts";

/** Judges a page of metrics, or what Prometheus answers. */
export function run(work: MetricsWork): Promise<Result> {
  return work.spec.prometheus === undefined ? judgeGet(work) : judgeQuery(work);
}

async function judgeGet(work: MetricsWork): Promise<Result> {
  const { spec, step } = work;
  const url = urlOf(work);
  if (url === undefined) return noUrl(work);
  const hide = hider(work);
  const answer = await readPage(work, url);
  const kept = await keep(work, answer.bytes);
  if (!answer.ok) {
    const { detail, ...failure } = answer.failure;
    return {
      outcome: "failed",
      failure: { ...failure, ...(detail && { detail: hide(detail) }) },
      evidence: kept,
    };
  }
  const { page, format } = answer;
  const [first] = kept;
  const mark = spec.mark && first ? { mark: markOf(work, { url, format, kept: first }) } : {};
  const past = spec.since === undefined ? undefined : await readMark(work, url);
  if (past?.ok === false) return { outcome: "inconclusive", failure: past.failure, evidence: kept };
  const pages = { now: page, before: past?.page, newFromZero: spec.new_series === "from_zero" };
  const judged = (spec.expect ?? []).map((text) => {
    const read = readCondition(text);
    return read.ok
      ? judgePage(read.condition, pages)
      : { condition: text, verdict: "unknown" as const, why: read.what, rows: [] };
  });
  const doubt = doubtOf(page, { least: spec.least_series, url, at: step.at });
  const result = await conclude(work, judged, {
    ...(doubt && { doubt }),
    ...(past && { since: `${spec.since}, ${past.at}` }),
    measured: page.series.length,
    series: page.series.length,
    evidence: kept,
    hide,
  });
  return { ...result, facts: { ...mark, series: page.series.length } };
}

/** The page itself. A mark needs it kept, whatever else the plan keeps. */
async function keep(work: MetricsWork, bytes: Uint8Array): Promise<readonly Evidence[]> {
  const wish = work.step.save["page"] ?? (work.spec.mark ? "metrics.prom" : undefined);
  return wish === undefined ? [] : [await work.artifacts.save(wish, bytes)];
}

function doubtOf(
  { series }: MetricsPage,
  { least, url, at }: { least: number; url: string; at: NonNullable<Failure["at"]> },
): Failure | undefined {
  if (series.length >= least) return undefined;
  const holds = series.length === 0 ? "is empty" : `holds ${series.length} series`;
  return {
    code: "metrics-absent",
    what: `${shown(url)} ${holds}; at least ${least} must be there.`,
    fix: "See why the release counts nothing: an empty page proves nothing.",
    at,
  };
}

function urlOf({ spec, plan }: MetricsWork): string | undefined {
  const { get = "" } = spec;
  if (/^https?:\/\//.test(get)) return get;
  const base = plan.environment.url;
  return base === undefined ? undefined : `${base.replace(/\/+$/, "")}${get}`;
}

function noUrl({ spec, step, plan }: MetricsWork): Result {
  return {
    outcome: "error",
    failure: {
      code: "metrics-no-url",
      what: `Environment ${plan.environment.name} has no url that ${spec.get ?? ""} could be below.`,
      fix: "Give the environment a url, or write a whole URL.",
      at: step.at,
    },
  };
}
