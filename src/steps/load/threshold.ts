import { parseDuration } from "../../lib/duration.ts";
import { nearest } from "../../lib/nearest.ts";
import { parseSize } from "../../lib/size.ts";
import { type Metric, readMetric, METRIC_WORDS, type Unit } from "./metric.ts";

export type Comparison = "<" | "<=" | ">" | ">=" | "==" | "!=";

/** One thing that the load must show: `p95 < 2s`. */
export interface Threshold {
  /** As it was written. */
  readonly text: string;
  readonly metric: Metric;
  readonly comparison: Comparison;
  /** In the unit's base: ms, bytes, bytes/s, 1/s, percent, or a plain number. */
  readonly value: number;
  readonly unit: Unit;
}

export type ReadThreshold =
  | { readonly ok: true; readonly threshold: Threshold }
  | { readonly ok: false; readonly what: string; readonly fix: string };

const FORM = /^([a-z][a-z0-9.() ]*?)\s*(<=|>=|==|!=|<|>)\s*(\S.*)$/i;
const EXAMPLE = "Write it like `p95 < 2s`, `errors < 5%`, `throughput > 30 MB/s`.";

export function readThreshold(written: string): ReadThreshold {
  const text = written.trim();
  const parts = FORM.exec(text);
  if (parts === null) return wrong(`"${text}" is not a threshold.`, equality(text) ?? EXAMPLE);
  const [, name = "", comparison = "", bound = ""] = parts;
  const metric = readMetric(name.toLowerCase().replaceAll(/\s+/g, " "));
  if (metric === undefined) return unknownMetric(text, name);
  const read = readAmount(bound.trim());
  if (read === undefined || !metric.units.includes(read.unit))
    return wrong(
      `In "${text}" stands "${bound}", where ${metric.name} wants ${metric.units.map((unit) => WANTED[unit]).join(" or ")}.`,
      `Write it like \`${metric.name} ${comparison} ${EXAMPLES[metric.units[0]]}\`.`,
    );
  const isEquality = comparison === "==" || comparison === "!=";
  if (isEquality && read.unit !== "count" && !(read.unit === "percent" && read.value === 0))
    return wrong(
      `"${text}" compares something measured for equality, which is chance.`,
      "Use < or >.",
    );
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the pattern has no other words
  return { ok: true, threshold: { text, metric, comparison: comparison as Comparison, ...read } };
}

function unknownMetric(text: string, name: string): ReadThreshold {
  const near = nearest(name, METRIC_WORDS);
  return wrong(
    `In "${text}", "${name}" is nothing that is measured.`,
    near === undefined ? `Use one of ${METRIC_WORDS.join(", ")}.` : `Did you mean "${near}"?`,
  );
}

function equality(text: string): string | undefined {
  return /[^=<>!]=[^=]/.test(text) ? 'Equality is written "==".' : undefined;
}

function wrong(what: string, fix: string): ReadThreshold {
  return { ok: false, what, fix };
}

const WANTED: Readonly<Record<Unit, string>> = {
  ms: "a time (250ms)",
  bytes: "a size (20 MB)",
  "bytes/s": "a size in a second (30 MB/s)",
  "1/s": "a number in a second (100/s)",
  percent: "a share (5%)",
  count: "a number (0)",
};

const EXAMPLES: Readonly<Record<Unit, string>> = {
  ms: "250ms",
  bytes: "20 MB",
  "bytes/s": "30 MB/s",
  "1/s": "100/s",
  percent: "5%",
  count: "0",
};

function readAmount(text: string): { value: number; unit: Unit } | undefined {
  const number = /^(\d{1,15}(?:\.\d{1,6})?)\s*(%|\/\s*s)?$/.exec(text);
  if (number !== null) {
    const unit = number[2] === undefined ? "count" : number[2] === "%" ? "percent" : "1/s";
    return { value: Number(number[1]), unit };
  }
  const perSecond = /^(.*?)\s*\/\s*s$/.exec(text)?.[1];
  if (perSecond !== undefined) return amount(parseSize(perSecond), "bytes/s");
  return amount(parseDuration(text), "ms") ?? amount(parseSize(text), "bytes");
}

function amount(value: number | undefined, unit: Unit) {
  return value === undefined ? undefined : { value, unit };
}

/** Whether a measured value is as the threshold wants it. */
export function holds({ comparison, value }: Threshold, measured: number): boolean {
  switch (comparison) {
    case "<":
      return measured < value;
    case "<=":
      return measured <= value;
    case ">":
      return measured > value;
    case ">=":
      return measured >= value;
    case "==":
      return measured === value;
    case "!=":
      return measured !== value;
  }
}
