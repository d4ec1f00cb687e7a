import type { MetricsPage, Series } from "../../lib/prometheus-text.ts";
import type { Condition } from "./condition.ts";
import type { Selector } from "./selector.ts";
import { combine, compare, judgeValues, type Judged, type Row, type Value } from "./verdict.ts";

/** A page now, and as it was at the mark. */
export interface Pages {
  readonly now: MetricsPage;
  readonly before: MetricsPage | undefined;
  /** Whether a series that was not there at the mark counts from 0, whatever it belongs to. */
  readonly newFromZero: boolean;
}

/** Judges one condition on a page, and where it looks back, on the page at the mark. */
export function judgePage(condition: Condition, pages: Pages): Judged {
  const { selector, test, text } = condition;
  if (selector === undefined) return unknown(text, "it names no metric");
  const found = pages.now.series.filter((series) => selector.selects(series));
  if (test.kind === "is") {
    const rows = found.map(({ key, value }) => ({ series: key, now: value }));
    if (found.length === 0) return unknown(text, absent(selector, pages.now));
    return { ...judgeValues(condition, found), rows: withTotal(condition, found, rows) };
  }
  return judgeChange(condition, selector, pages);
}

function judgeChange(condition: Condition, selector: Selector, pages: Pages): Judged {
  const { test, text } = condition;
  const { now, before } = pages;
  if (before === undefined) return unknown(text, "there is no mark to compare with");
  const pairs = pairUp(selector, now, before);
  if (pairs.length === 0) return unknown(text, absent(selector, now));
  const changes = pairs.map((pair) => changeOf(pair, pages, test.kind === "rose"));
  const rows = changes.map(({ row }) => row);
  const doubt = changes.find(({ why }) => why !== undefined)?.why;
  if (doubt !== undefined) return { condition: text, verdict: "unknown", why: doubt, rows };
  if (test.kind === "same") {
    const changed = rows.filter((row) => row.before !== row.now);
    const why = changed
      .slice(0, 3)
      .map((row) => `${row.series} went from ${row.before} to ${row.now}`);
    return changed.length === 0
      ? { condition: text, verdict: "holds", rows }
      : { condition: text, verdict: "fails", why: why.join(", "), rows };
  }
  const restart = restarted(pages);
  if (restart !== undefined) return { condition: text, verdict: "unknown", why: restart, rows };
  const rises = rows.map(({ series, rose = Number.NaN }) => ({ key: series, value: rose }));
  if (condition.of === "sum") {
    const total = combine("sum", rises);
    const all = withTotal(condition, rises, rows);
    return test.kind === "rose" && compare(total, test.comparison, test.value)
      ? { condition: text, verdict: "holds", rows: all }
      : { condition: text, verdict: "fails", why: `together they rose by ${total}`, rows: all };
  }
  const judged = judgeValues(condition, rises);
  return {
    ...judged,
    ...(judged.why && { why: judged.why.replaceAll(" is ", " rose by ") }),
    rows,
  };
}

interface Pair {
  readonly key: string;
  readonly now?: Series;
  readonly before?: Series;
}

function pairUp(selector: Selector, now: MetricsPage, before: MetricsPage): readonly Pair[] {
  const pairs = new Map<string, Pair>();
  for (const series of before.series)
    if (selector.selects(series)) pairs.set(series.key, { key: series.key, before: series });
  for (const series of now.series)
    if (selector.selects(series))
      pairs.set(series.key, { ...pairs.get(series.key), key: series.key, now: series });
  return [...pairs.values()];
}

interface Change {
  readonly row: Row;
  /** Why nothing can be said about it. */
  readonly why?: string;
}

function changeOf({ key, now, before }: Pair, pages: Pages, isRise: boolean): Change {
  const row: Row = {
    series: key,
    ...(before && { before: before.value }),
    ...(now && { now: now.value }),
  };
  if (now === undefined) return { row: { ...row, note: "gone" }, why: `${key} is gone` };
  const type = pages.now.families.get(now.family)?.type ?? "untyped";
  if (isRise && (type === "gauge" || type === "info" || type === "stateset"))
    return { row, why: `${key} is a ${type}, and only counters rise` };
  const start = before?.value ?? (isRise ? startOf(now, pages) : undefined);
  if (start === undefined)
    return { row: { ...row, note: "new" }, why: `${key} was not there at the mark` };
  if (Number.isNaN(start) || Number.isNaN(now.value))
    return { row, why: `${key} is not a number (NaN)` };
  if (!isRise) return { row };
  const rose = now.value - start;
  if (Math.max(Math.abs(start), Math.abs(now.value)) > Number.MAX_SAFE_INTEGER)
    return { row, why: `${key} is too large to be counted exactly` };
  if (rose < 0)
    return {
      row: { ...row, note: "began anew" },
      why: `${key} is less than at the mark (${start} → ${now.value}): it began anew in between`,
    };
  return { row: { ...row, before: start, rose, ...(before ? {} : { note: "new" }) } };
}

/** Client libraries make a labelled series at its first event; that its metric was there shows that the series was at 0. */
function startOf(series: Series, { before, newFromZero }: Pages): number | undefined {
  return newFromZero || before?.families.has(series.family) === true ? 0 : undefined;
}

const START = "process_start_time_seconds";

/** A process that began anew counts from 0: a counter may be higher than before and still hide what was lost. */
function restarted({ now, before }: Pages): string | undefined {
  const starts = new Map(
    (before?.series ?? []).filter(isStart).map(({ key, value }) => [key, value] as const),
  );
  const other = now.series.find(
    (series) =>
      isStart(series) && starts.has(series.key) && starts.get(series.key) !== series.value,
  );
  return other && `${other.key} differs from the mark's: the process began anew in between`;
}

/** In OpenMetrics a counter says when it was made. */
function isStart({ name, family }: Series): boolean {
  return name === START || (name !== family && name === `${family}_created`);
}

function withTotal(
  { of }: Condition,
  values: readonly Value[],
  rows: readonly Row[],
): readonly Row[] {
  if (of === "every" || of === "any") return rows;
  const total = combine(of, values);
  const isRise = rows.some(({ rose }) => rose !== undefined);
  return [
    ...rows,
    { series: `${of} of ${rows.length}`, ...(isRise ? { rose: total } : { now: total }) },
  ];
}

function absent({ name, text }: Selector, { series, families }: MetricsPage): string {
  const known = series.filter((each) => each.name === name).length;
  if (known > 0) return `${name} has ${known} series, and none is ${text}`;
  if (families.has(name)) return `${name} has no series yet`;
  return `there is no series ${name}`;
}

function unknown(condition: string, why: string): Judged {
  return { condition, verdict: "unknown", why, rows: [] };
}
