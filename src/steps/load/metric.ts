export type Unit = "ms" | "bytes" | "bytes/s" | "1/s" | "percent" | "count";

/** What a threshold is about. */
export type Metric = {
  readonly name: string;
  readonly units: readonly [Unit, ...Unit[]];
} & (
  | { readonly of: "percentile"; readonly share: number; readonly time: "response" | "service" }
  | { readonly of: "time"; readonly which: "mean" | "min" | "max" }
  | { readonly of: "errors" | "good" }
  /** `5xx` or `404`. */
  | { readonly of: "status"; readonly from: number; readonly to: number }
  | { readonly of: "rate" | "throughput" }
  | { readonly of: "memory"; readonly which: "peak" | "growth" | "per request" }
  | { readonly of: "cpu"; readonly which: "mean" | "per request" }
);

const PLAIN: Readonly<Record<string, Metric>> = {
  median: { name: "median", units: ["ms"], of: "percentile", share: 0.5, time: "response" },
  mean: { name: "mean", units: ["ms"], of: "time", which: "mean" },
  avg: { name: "avg", units: ["ms"], of: "time", which: "mean" },
  min: { name: "min", units: ["ms"], of: "time", which: "min" },
  max: { name: "max", units: ["ms"], of: "time", which: "max" },
  errors: { name: "errors", units: ["percent", "count"], of: "errors" },
  good: { name: "good", units: ["percent", "count"], of: "good" },
  rate: { name: "rate", units: ["1/s"], of: "rate" },
  throughput: { name: "throughput", units: ["bytes/s"], of: "throughput" },
  memory: { name: "memory", units: ["bytes"], of: "memory", which: "peak" },
  "memory growth": { name: "memory growth", units: ["bytes"], of: "memory", which: "growth" },
  "memory per request": {
    name: "memory per request",
    units: ["bytes"],
    of: "memory",
    which: "per request",
  },
  cpu: { name: "cpu", units: ["percent"], of: "cpu", which: "mean" },
  "cpu per request": {
    name: "cpu per request",
    units: ["percent"],
    of: "cpu",
    which: "per request",
  },
};

/** Every metric by name, with an example of those that have a number in it. */
export const METRIC_WORDS: readonly string[] = [
  "p50",
  "p90",
  "p95",
  "p99",
  "p99.9",
  "service p95",
  "status 5xx",
  ...Object.keys(PLAIN),
];

/** The metric of a name in lower case; undefined when there is none. */
export function readMetric(name: string): Metric | undefined {
  if (Object.hasOwn(PLAIN, name)) return PLAIN[name];
  const percentile = /^(service )?p(?:(\d{1,2}(?:\.\d{1,3})?)|\((\d{1,2}(?:\.\d{1,3})?)\))$/.exec(
    name,
  );
  if (percentile !== null) {
    const percent = percentile[2] ?? percentile[3] ?? "";
    const share = Number(percent) / 100;
    const time = percentile[1] === undefined ? "response" : "service";
    if (share <= 0) return undefined;
    return {
      name: `${percentile[1] ?? ""}p${percent}`,
      units: ["ms"],
      of: "percentile",
      share,
      time,
    };
  }
  const status = /^status ([1-5])(xx|\d\d)$/.exec(name);
  if (status === null) return undefined;
  const [, first = "", rest = ""] = status;
  const from = rest === "xx" ? Number(first) * 100 : Number(first + rest);
  return {
    name,
    units: ["count", "percent"],
    of: "status",
    from,
    to: rest === "xx" ? from + 99 : from,
  };
}
