import { BUCKETS, bucketFrom } from "../../lib/log-histogram.ts";
import { showMs } from "./show.ts";

/** How many values lay between two bounds. */
export interface Bar {
  readonly fromMs: number;
  readonly toMs: number;
  readonly count: number;
}

/** Every bucket that is not empty. */
export function bucketsOf(counts: Uint32Array): readonly Bar[] {
  return [...counts.entries()]
    .filter(([, count]) => count > 0)
    .map(([bucket, count]) => ({
      fromMs: bucketFrom(bucket),
      toMs: bucketFrom(bucket + 1),
      count,
    }));
}

/** The same in about this many bars of equal width on a logarithmic scale. */
export function barsOf(counts: Uint32Array, most: number): readonly Bar[] {
  const first = counts.findIndex((count) => count > 0);
  const last = counts.findLastIndex((count) => count > 0);
  if (first < 0) return [];
  const width = Math.max(1, Math.ceil((last - first + 1) / most));
  const bars: Bar[] = [];
  for (let from = first; from <= last; from += width) {
    const to = Math.min(from + width, BUCKETS);
    const count = counts.subarray(from, to).reduce((sum, each) => sum + each, 0);
    bars.push({ fromMs: bucketFrom(from), toMs: bucketFrom(to), count });
  }
  return bars;
}

const WIDTH = 40;

/** Bars for a terminal, one line each. */
export function drawBars(counts: Uint32Array): string {
  const bars = barsOf(counts, 14);
  const highest = bars.reduce((most, { count }) => Math.max(most, count), 1);
  const lines = bars.map(({ fromMs, toMs, count }) => {
    const cells = Math.ceil((count * WIDTH) / highest);
    const range = `${showMs(fromMs).padStart(8)} – ${showMs(toMs).padEnd(8)}`;
    return `  ${range} ${"█".repeat(cells).padEnd(WIDTH)} ${count}`.trimEnd();
  });
  return lines.map((line) => `${line}\n`).join("");
}
