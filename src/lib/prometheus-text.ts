import { checkFamily } from "./prometheus-text-family.ts";
import { readDescription, readSample, Trouble } from "./prometheus-text-line.ts";
import type { Description } from "./prometheus-text-line.ts";

/** Which of the two text formats: Prometheus 0.0.4, or OpenMetrics 1.0. */
export type MetricsFormat = "prometheus" | "openmetrics";

export interface Series {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
  /** Name and labels in one form, whatever the order they came in: `up{job="a"}`. */
  readonly key: string;
  /** Name of the family that it belongs to. */
  readonly family: string;
  readonly line: number;
}

export interface Family {
  readonly name: string;
  /** As the page says it; `untyped` (`unknown` in OpenMetrics) where it says nothing. */
  readonly type: string;
  readonly series: readonly Series[];
}

export interface MetricsPage {
  readonly families: ReadonlyMap<string, Family>;
  readonly series: readonly Series[];
}

export type ParsedMetrics =
  | { readonly ok: true; readonly page: MetricsPage }
  | { readonly ok: false; readonly line: number; readonly column: number; readonly what: string };

const MOST_SERIES = 200_000;

/**
 * Reads a page of metrics as strictly as its format is written down, so that what is no such page is never taken for one.
 * https://prometheus.io/docs/instrumenting/exposition_formats/ and https://prometheus.io/docs/specs/om/open_metrics_spec/
 *
 * Knowingly not read: exemplars and timestamps are checked and dropped, and names in quotes (UTF-8 names) are refused.
 */
export function parseMetrics(
  bytes: Uint8Array,
  format: MetricsFormat,
  mostSeries = MOST_SERIES,
): ParsedMetrics {
  const reader = createReader(format, mostSeries);
  let line = 1;
  try {
    const text = decode(bytes);
    for (let at = 0; at < text.length; line++) {
      const end = text.indexOf("\n", at);
      const content = text.slice(at, end < 0 ? text.length : end);
      reader.line(content, line);
      if (end < 0 && !(format === "openmetrics" && reader.isClosed()))
        throw new Trouble(content.length + 1, "the last line does not end with a line feed");
      at = end < 0 ? text.length : end + 1;
    }
    return { ok: true, page: reader.end() };
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    return { ok: false, line: error.line ?? line, column: error.column, what: error.what };
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Trouble(1, "this is not UTF-8 text");
  }
}

interface Draft {
  readonly name: string;
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

function createReader(format: MetricsFormat, mostSeries: number) {
  const endings = ENDINGS[format];
  const families = new Map<string, Draft>();
  /** Name of a series → the family that may have it. */
  const owners = new Map<string, Draft>();
  const seen = new Map<string, number>();
  const all: Series[] = [];
  let current: Draft | undefined;
  let isClosed = false;

  const finish = () => {
    if (current) checkFamily(asFamily(current, format), format);
  };

  const own = (draft: Draft, name: string) => {
    const owner = owners.get(name) ?? families.get(name);
    if (owner && owner !== draft)
      throw new Trouble(1, `${name} belongs to the ${owner.type ?? "metric"} ${owner.name} above`);
    owners.set(name, draft);
  };

  const open = (name: string, line: number): Draft => {
    const earlier = families.get(name);
    if (earlier)
      throw new Trouble(
        1,
        `the lines of ${name} do not stand together: they began in line ${earlier.line}`,
      );
    finish();
    const draft: Draft = { name, said: new Set(), series: [], line, type: undefined };
    const owner = owners.get(name);
    if (owner) throw new Trouble(1, `${name} belongs to the ${owner.type} ${owner.name} above`);
    families.set(name, draft);
    return (current = draft);
  };

  const describe = ({ word, name, rest, column }: Description, line: number) => {
    const draft = current?.name === name ? current : open(name, line);
    if (draft.said.has(word)) throw new Trouble(1, `${name} has a second ${word} line`);
    if (draft.series.length > 0)
      throw new Trouble(1, `the ${word} line of ${name} comes after its first sample`);
    draft.said.add(word);
    if (word === "UNIT" && rest !== "" && !name.endsWith(`_${rest}`))
      throw new Trouble(column, `${name} has the unit ${rest}, and its name does not end with it`);
    if (word !== "TYPE") return;
    const names = Object.hasOwn(endings, rest) ? endings[rest] : undefined;
    if (names === undefined)
      throw new Trouble(
        column,
        `"${rest.slice(0, 40)}" is not a type; one of: ${Object.keys(endings).join(", ")}`,
      );
    draft.type = rest;
    for (const ending of names) own(draft, name + ending);
  };

  const familyOf = (name: string, line: number): Draft => {
    const owner = owners.get(name);
    if (owner && owner === current) return owner;
    if (owner)
      throw new Trouble(
        1,
        `the lines of ${owner.name} do not stand together: they began in line ${owner.line}`,
      );
    const named = families.get(name);
    if (named?.type !== undefined) throw new Trouble(1, notOneOf(name, named.type, endings));
    const draft = named && named === current ? named : open(name, line);
    draft.type = format === "openmetrics" ? "unknown" : "untyped";
    own(draft, name);
    return draft;
  };

  const add = (text: string, line: number) => {
    const { name, labels, value } = readSample(text, format);
    const draft = familyOf(name, line);
    const key = keyOf(name, labels);
    const earlier = seen.get(key);
    if (earlier !== undefined) throw new Trouble(1, `${key} was given before, in line ${earlier}`);
    if (seen.size >= mostSeries) throw new Trouble(1, `there are more than ${mostSeries} series`);
    seen.set(key, line);
    const series: Series = { name, labels, value, key, family: draft.name, line };
    draft.series.push(series);
    all.push(series);
  };

  return {
    isClosed: () => isClosed,
    line(text: string, line: number) {
      if (isClosed) throw new Trouble(1, "something comes after # EOF");
      if (format === "openmetrics" && text === "# EOF") {
        isClosed = true;
        return;
      }
      const description = readDescription(text, format);
      if (description === "nothing") return;
      if (description === "sample") add(text, line);
      else describe(description, line);
    },
    end(): MetricsPage {
      finish();
      if (format === "openmetrics" && !isClosed)
        throw new Trouble(1, "the page does not end with # EOF: it was cut off");
      return {
        series: all,
        families: new Map(
          [...families].map(([name, draft]) => [name, asFamily(draft, format)] as const),
        ),
      };
    },
  };
}

function notOneOf(
  name: string,
  type: string,
  endings: Readonly<Record<string, readonly string[]>>,
): string {
  const names = (endings[type] ?? []).map((ending) => name + ending).join(", ");
  return `${name} is a ${type}: its series are ${names}`;
}

function asFamily({ name, type, series }: Draft, format: MetricsFormat): Family {
  return { name, type: type ?? (format === "openmetrics" ? "unknown" : "untyped"), series };
}

/** One form for each series. */
function keyOf(name: string, labels: ReadonlyMap<string, string>): string {
  if (labels.size === 0) return name;
  const sorted = [...labels].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `${name}{${sorted.map(([label, value]) => `${label}=${JSON.stringify(value)}`).join(",")}}`;
}
