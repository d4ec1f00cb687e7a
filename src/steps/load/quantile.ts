import { bucketFrom } from "../../lib/log-histogram.ts";

/** Measured values in their order: the nth smallest, from 1. */
export interface Ordered {
  readonly count: number;
  nth(rank: number): number;
  /** How many are above. */
  above(limit: number): number;
  /** How far a value may be off, as a share of it; 0: exact. */
  readonly error: number;
}

export function orderedValues(values: Float64Array): Ordered {
  const sorted = values.toSorted();
  return {
    count: sorted.length,
    error: 0,
    nth: (rank) => sorted[rank - 1] ?? Number.NaN,
    above: (limit) => sorted.length - firstAbove(sorted, limit),
  };
}

/** From counts in buckets, for more values than are kept. */
export function orderedBuckets(counts: Uint32Array, error: number): Ordered {
  return {
    count: counts.reduce((sum, count) => sum + count, 0),
    error,
    nth: (rank) => {
      let seen = 0;
      const bucket = counts.findIndex((count) => (seen += count) >= rank);
      return bucket < 0 ? Number.NaN : middle(bucket);
    },
    above: (limit) =>
      counts.reduce((sum, count, bucket) => sum + (middle(bucket) > limit ? count : 0), 0),
  };
}

const middle = (bucket: number): number => (bucketFrom(bucket) + bucketFrom(bucket + 1)) / 2;

function firstAbove(sorted: Float64Array, limit: number): number {
  let from = 0;
  let to = sorted.length;
  while (from < to) {
    const half = (from + to) >> 1;
    if ((sorted[half] ?? 0) > limit) to = half;
    else from = half + 1;
  }
  return from;
}

/** A percentile of measured values, with what is known of its certainty. */
export interface Quantile {
  readonly value: number;
  /** Values of a higher rank. */
  readonly beyond: number;
  /** Between these the true one lies with 95 % certainty, if the values are independent; undefined: no value is far enough out to say. */
  readonly low?: number;
  readonly high?: number;
}

const OUTSIDE = 0.025;

/** The percentile by nearest rank; undefined when there are no values. */
export function quantile(values: Ordered, share: number): Quantile | undefined {
  const n = values.count;
  if (n === 0) return undefined;
  const rank = rankOf(n, share);
  const { low, high } = ranks(n, share);
  return {
    value: values.nth(rank),
    beyond: n - rank,
    ...(low === undefined ? {} : { low: values.nth(low) }),
    ...(high === undefined ? {} : { high: values.nth(high) }),
  };
}

/** Place of the percentile among n sorted values, from 1. */
export function rankOf(n: number, share: number): number {
  // 0.95 * 100 is not always 95 in binary.
  return Math.min(n, Math.max(1, Math.ceil(share * n - 1e-9)));
}

/**
 * Ranks between which the true percentile lies with 95 % certainty: how many of n values lie below it is binomial.
 * https://en.wikipedia.org/wiki/Order_statistic#Confidence_intervals_for_quantiles
 */
export function ranks(n: number, share: number): { readonly low?: number; readonly high?: number } {
  const sigma = Math.sqrt(n * share * (1 - share));
  const from = Math.max(0, Math.floor(n * share - 10 * sigma - 10));
  const to = Math.min(n, Math.ceil(n * share + 10 * sigma + 10));
  let fewer = 0;
  let low: number | undefined;
  for (let k = from; k <= to; k++) {
    fewer += Math.exp(logBinomial(n, k) + k * Math.log(share) + (n - k) * Math.log1p(-share));
    // Now it is the chance that at most k values lie below: then value k + 1 lies at or above.
    if (fewer <= OUTSIDE) low = k + 1;
    if (fewer >= 1 - OUTSIDE - 1e-12)
      return { ...(low === undefined ? {} : { low }), ...(k + 1 > n ? {} : { high: k + 1 }) };
  }
  return low === undefined ? {} : { low };
}

function logBinomial(n: number, k: number): number {
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k);
}

function logFactorial(n: number): number {
  if (n < 20) {
    let product = 1;
    for (let factor = 2; factor <= n; factor++) product *= factor;
    return Math.log(product);
  }
  // Stirling's series: better than 1e-9 from 20 on.
  const x = n + 1;
  const series = 1 / (12 * x) - 1 / (360 * x ** 3);
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series;
}
