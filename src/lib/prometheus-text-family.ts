import type { Family, MetricsFormat, Series } from "./prometheus-text-model.ts";
import { toNumber, Trouble } from "./prometheus-text-line.ts";

/** Refuses a family whose series contradict each other or its type. */
export function checkFamily({ name, type, series }: Family, format: MetricsFormat): void {
  switch (type) {
    case "histogram":
    case "gaugehistogram":
      for (const group of groups(series, "le")) checkHistogram(name, group);
      return;
    case "summary":
      for (const group of groups(series, "quantile")) checkSummary(name, group);
      return;
    case "counter":
      if (format === "openmetrics") for (const each of series) checkCount(each);
      return;
    case "info":
      for (const each of series)
        if (each.value !== 1) refuse(each, "an info metric has the value 1");
      return;
    case "stateset":
      for (const each of series) {
        if (!each.labels.has(name)) refuse(each, `a state is named by the label ${name}`);
        if (each.value !== 0 && each.value !== 1) refuse(each, "a state is 0 or 1");
      }
      return;
    default:
      return;
  }
}

/** Series with the same labels but one. */
function groups(series: readonly Series[], except: string): readonly (readonly Series[])[] {
  const found = new Map<string, Series[]>();
  for (const each of series) {
    const labels = [...each.labels]
      .filter(([label]) => label !== except)
      .toSorted(([a], [b]) => (a < b ? -1 : 1));
    const key = JSON.stringify(labels);
    const group = found.get(key);
    if (group) group.push(each);
    else found.set(key, [each]);
  }
  return [...found.values()];
}

function checkHistogram(name: string, group: readonly Series[]): void {
  const [first] = group;
  let before: { readonly edge: number; readonly value: number } | undefined;
  for (const each of group.filter((one) => one.name === `${name}_bucket`)) {
    const edge = border(each, "le");
    checkCount(each);
    if (before && edge <= before.edge) refuse(each, "the edges of buckets must go up");
    if (before && each.value < before.value)
      refuse(each, "a bucket holds all smaller ones, and this one holds fewer");
    before = { edge, value: each.value };
  }
  const count = group.find((one) => /_g?count$/.test(one.name));
  if (first === undefined || (before === undefined && group.every(isCreated))) return;
  if (before?.edge !== Infinity) refuse(first, `${name} has no bucket with le="+Inf"`);
  if (count && count.value !== before?.value)
    refuse(count, `the count is ${count.value}, and the bucket +Inf holds ${before?.value}`);
}

function checkSummary(name: string, group: readonly Series[]): void {
  let before = -1;
  for (const each of group.filter((one) => one.name === name)) {
    const quantile = border(each, "quantile");
    if (!(quantile >= 0 && quantile <= 1)) refuse(each, "a quantile lies between 0 and 1");
    if (quantile <= before) refuse(each, "quantiles must go up");
    before = quantile;
  }
}

function isCreated({ name }: Series): boolean {
  return name.endsWith("_created");
}

function border(series: Series, label: string): number {
  const text = series.labels.get(label);
  const number = text === undefined || text.trim() !== text || text === "" ? NaN : toNumber(text);
  return Number.isNaN(number) ? refuse(series, `it needs the label ${label}, a number`) : number;
}

function checkCount(series: Series): void {
  if (!(series.value >= 0)) refuse(series, `a count can't be ${series.value}`);
}

function refuse({ key, line }: Series, why: string): never {
  throw new Trouble(1, `${key.slice(0, 200)}: ${why}`, line);
}
