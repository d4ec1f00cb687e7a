import { toNumber } from "../../lib/prometheus-text.ts";
import type { Value } from "./verdict.ts";

/** What Prometheus found. */
export interface Found {
  /** Each series with its points in order of time; an instant query gives one point each. */
  readonly series: readonly { readonly key: string; readonly points: readonly Value[] }[];
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
}

export type ReadAnswer =
  | { readonly ok: true; readonly found: Found }
  | { readonly ok: false; readonly what: string };

/** Reads the answer of Prometheus' query API. https://prometheus.io/docs/prometheus/latest/querying/api/ */
export function readAnswer(text: string, wanted: "instant" | "range"): ReadAnswer {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return no("it is not JSON");
  }
  const { status, data, error, errorType, warnings, infos } = map(json) ?? {};
  if (status === "error") return no(`it says ${String(errorType)}: ${String(error).slice(0, 500)}`);
  const { resultType, result } = map(data) ?? {};
  if (status !== "success" || typeof resultType !== "string")
    return no("it is not an answer of Prometheus' API");
  const types = wanted === "range" ? ["matrix"] : ["vector", "scalar"];
  if (!types.includes(resultType))
    return no(`the query gives a ${resultType}, where ${types.join(" or ")} is needed`);
  const series =
    resultType === "scalar" ? [readSeries({ value: result })] : list(result)?.map(readSeries);
  if (series === undefined || series.includes(undefined))
    return no("a value in it is not a time with a number");
  return {
    ok: true,
    found: {
      series: series.filter((each) => each !== undefined),
      warnings: words(warnings),
      infos: words(infos),
    },
  };
}

function no(what: string): ReadAnswer {
  return { ok: false, what };
}

function readSeries(given: unknown) {
  const { metric = {}, value, values } = map(given) ?? {};
  const points = value === undefined ? list(values) : [value];
  const labels = map(metric);
  if (points === undefined || labels === undefined) return undefined;
  const key = keyOf(labels);
  const read = points.map((point) => readPoint(key, point));
  if (read.length === 0 || read.includes(undefined)) return undefined;
  return { key, points: read.filter((each) => each !== undefined) };
}

const NUMBER = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|NaN|[+-]?Inf)$/i;

/** `[1435781451.781, "1"]` */
function readPoint(key: string, given: unknown): Value | undefined {
  const [time, value, ...more] = list(given) ?? [];
  if (typeof time !== "number" || typeof value !== "string" || more.length > 0) return undefined;
  return NUMBER.test(value) ? { key, value: toNumber(value) } : undefined;
}

function keyOf(labels: Readonly<Record<string, unknown>>): string {
  const { __name__: name, ...others } = labels;
  const shown = Object.entries(others)
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    .join(",");
  const key = `${typeof name === "string" ? name : ""}${shown === "" ? "" : `{${shown}}`}`;
  return key === "" ? "the value" : key;
}

function words(given: unknown): readonly string[] {
  return (list(given) ?? []).map((each) => String(each).slice(0, 300)).slice(0, 20);
}

function map(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an object's values are unknown
  return value as Readonly<Record<string, unknown>>;
}

function list(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? value : undefined;
}
