import type { LoadSpec } from "./spec.ts";
import { readThreshold, type Threshold } from "./threshold.ts";

/** What must be so. Without a word on errors there must be none: percentiles know good answers alone. */
export function thresholdsOf({ expect }: LoadSpec): readonly Threshold[] {
  const read = expect.map(must);
  const isSaid = read.some(({ metric }) => metric.of === "errors" || metric.of === "good");
  return isSaid ? read : [...read, must("errors == 0")];
}

/** They were looked at when the plan was made. */
function must(text: string): Threshold {
  const read = readThreshold(text);
  if (!read.ok) throw new Error(read.what);
  return read.threshold;
}
