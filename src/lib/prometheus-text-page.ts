import { checkFamily } from "./prometheus-text-family.ts";
import { readDescription, readSample, Trouble } from "./prometheus-text-line.ts";
import type { Description } from "./prometheus-text-line.ts";
import type { Family, MetricsFormat, MetricsPage, Series } from "./prometheus-text-model.ts";

/** Puts the lines of a page together, one after the other; throws Trouble at the first that does not fit. */
export function createPage(format: MetricsFormat, mostSeries: number) {
  const reading: Reading = {
    format,
    mostSeries,
    families: new Map(),
    owners: new Map(),
    seen: new Map(),
    series: [],
    current: undefined,
    isClosed: false,
  };
  return {
    isClosed: () => reading.isClosed,
    line: (text: string, line: number) => readLine(reading, text, line),
    end: () => endPage(reading),
  };
}

interface Reading {
  readonly format: MetricsFormat;
  readonly mostSeries: number;
  readonly families: Map<string, Draft>;
  /** Name of a series → the family that may have it. */
  readonly owners: Map<string, Draft>;
  /** Each series → its line. */
  readonly seen: Map<string, number>;
  readonly series: Series[];
  current: Draft | undefined;
  isClosed: boolean;
}

/** A family whose lines are still coming. */
interface Draft {
  readonly name: string;
  /** HELP, TYPE and UNIT, as far as they came. */
  readonly said: Set<string>;
  readonly series: Series[];
  readonly line: number;
  type: string | undefined;
}

/** What may stand behind a family's name in the names of its series. */
const ENDINGS: Readonly<Record<MetricsFormat, Readonly<Record<string, readonly string[]>>>> = {
  prometheus: {
    counter: [""],
    gauge: [""],
    untyped: [""],
    histogram: ["_bucket", "_sum", "_count"],
    summary: ["", "_sum", "_count"],
  },
  openmetrics: {
    counter: ["_total", "_created"],
    gauge: [""],
    unknown: [""],
    stateset: [""],
    info: ["_info"],
    histogram: ["_bucket", "_count", "_sum", "_created"],
    gaugehistogram: ["_bucket", "_gcount", "_gsum"],
    summary: ["", "_count", "_sum", "_created"],
  },
};

function readLine(reading: Reading, text: string, line: number): void {
  const { format } = reading;
  if (reading.isClosed) throw new Trouble(1, "something comes after # EOF");
  if (format === "openmetrics" && text === "# EOF") {
    reading.isClosed = true;
    return;
  }
  const description = readDescription(text, format);
  if (description === "nothing") return;
  if (description === "sample") add(reading, text, line);
  else describe(reading, description, line);
}

function endPage(reading: Reading): MetricsPage {
  const { families, format, series, isClosed } = reading;
  finish(reading);
  if (format === "openmetrics" && !isClosed)
    throw new Trouble(1, "the page does not end with # EOF: it was cut off");
  return {
    series,
    families: new Map([...families].map(([name, draft]) => [name, asFamily(draft, format)])),
  };
}

function describe(reading: Reading, description: Description, line: number): void {
  const { word, name, rest, column } = description;
  const draft = reading.current?.name === name ? reading.current : open(reading, name, line);
  if (draft.said.has(word)) throw new Trouble(1, `${name} has a second ${word} line`);
  if (draft.series.length > 0)
    throw new Trouble(1, `the ${word} line of ${name} comes after its first sample`);
  draft.said.add(word);
  if (word === "UNIT" && rest !== "" && !name.endsWith(`_${rest}`))
    throw new Trouble(column, `${name} has the unit ${rest}, and its name does not end with it`);
  if (word === "TYPE") declare(reading, draft, description);
}

function declare(reading: Reading, draft: Draft, { rest, column }: Description): void {
  const known = ENDINGS[reading.format];
  const endings = Object.hasOwn(known, rest) ? known[rest] : undefined;
  if (endings === undefined)
    throw new Trouble(
      column,
      `"${rest.slice(0, 40)}" is not a type; one of: ${Object.keys(known).join(", ")}`,
    );
  draft.type = rest;
  for (const ending of endings) own(reading, draft, draft.name + ending);
}

function own({ owners, families }: Reading, draft: Draft, name: string): void {
  const owner = owners.get(name) ?? families.get(name);
  if (owner && owner !== draft) throw taken(name, owner);
  owners.set(name, draft);
}

function open(reading: Reading, name: string, line: number): Draft {
  const { families, owners } = reading;
  const [earlier, owner] = [families.get(name), owners.get(name)];
  if (earlier) throw apart(earlier);
  if (owner) throw taken(name, owner);
  finish(reading);
  const draft: Draft = { name, said: new Set(), series: [], line, type: undefined };
  families.set(name, draft);
  reading.current = draft;
  return draft;
}

function add(reading: Reading, text: string, line: number): void {
  const { format, seen, mostSeries } = reading;
  const { name, labels, value } = readSample(text, format);
  const draft = familyOf(reading, name, line);
  const key = keyOf(name, labels);
  const earlier = seen.get(key);
  if (earlier !== undefined) throw new Trouble(1, `${key} was given before, in line ${earlier}`);
  if (seen.size >= mostSeries) throw new Trouble(1, `there are more than ${mostSeries} series`);
  seen.set(key, line);
  const series: Series = { name, labels, value, key, family: draft.name, line };
  draft.series.push(series);
  reading.series.push(series);
}

function familyOf(reading: Reading, name: string, line: number): Draft {
  const { format, owners, families, current } = reading;
  const owner = owners.get(name);
  if (owner && owner === current) return owner;
  if (owner) throw apart(owner);
  const named = families.get(name);
  if (named?.type !== undefined) throw new Trouble(1, notOneOf(name, named.type, format));
  const draft = named && named === current ? named : open(reading, name, line);
  draft.type = untyped(format);
  own(reading, draft, name);
  return draft;
}

function finish({ current, format }: Reading): void {
  if (current) checkFamily(asFamily(current, format), format);
}

function asFamily({ name, type, series }: Draft, format: MetricsFormat): Family {
  return { name, type: type ?? untyped(format), series };
}

function untyped(format: MetricsFormat): string {
  return format === "openmetrics" ? "unknown" : "untyped";
}

function apart({ name, line }: Draft): Trouble {
  return new Trouble(1, `the lines of ${name} do not stand together: they began in line ${line}`);
}

function taken(name: string, { name: owner, type = "metric" }: Draft): Trouble {
  return new Trouble(1, `${name} belongs to the ${type} ${owner} above`);
}

function notOneOf(name: string, type: string, format: MetricsFormat): string {
  const names = (ENDINGS[format][type] ?? []).map((ending) => name + ending).join(", ");
  return `${name} is a ${type}: its series are ${names}`;
}

/** One form for each series. */
function keyOf(name: string, labels: ReadonlyMap<string, string>): string {
  if (labels.size === 0) return name;
  const sorted = [...labels].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `${name}{${sorted.map(([label, value]) => `${label}=${JSON.stringify(value)}`).join(",")}}`;
}
