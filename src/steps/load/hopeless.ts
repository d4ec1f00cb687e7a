import type { Threshold } from "./threshold.ts";
import { rankOf } from "./quantile.ts";

/** What has been seen so far of a load whose size is known. */
export interface SoFar {
  readonly planned: number;
  readonly bad: number;
  /** Good answers that took longer. */
  readonly above: (limitMs: number) => number;
}

/** Whether a threshold can't hold any more, even if everything still to come is perfect. */
export function isHopeless(threshold: Threshold, { planned, bad, above }: SoFar): boolean {
  const { metric, comparison, value, unit } = threshold;
  const isUpper = comparison === "<" || comparison === "<=";
  const share = unit === "percent" ? (bad * 100) / planned : bad;
  switch (metric.of) {
    case "errors":
      if (comparison === "==") return share > value;
      return isUpper && (comparison === "<" ? share >= value : share > value);
    case "percentile":
      // A service time is at most the response time that is counted here.
      return (
        isUpper &&
        metric.time === "response" &&
        above(value) > planned - rankOf(planned, metric.share)
      );
    case "time":
      return isUpper && metric.which === "max" && above(value) > 0;
    case "good":
    case "status":
    case "rate":
    case "throughput":
    case "memory":
    case "cpu":
      return false;
  }
}

/** Whether a threshold leaves no hope where nothing but bad answers came, however many are still to come. */
export function isLostByAll({ metric, comparison, value, unit }: Threshold, bad: number): boolean {
  if (metric.of !== "errors" || comparison === "!=" || comparison.startsWith(">")) return false;
  return unit === "percent" ? value <= 50 : bad > value;
}
