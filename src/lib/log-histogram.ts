const LEAST = 0.001;
const GROWTH = 1.01;
const LOG_GROWTH = Math.log(GROWTH);

/** Buckets that each are 1 % wider than the one before, from 0.001 to 10 million; what is outside falls into the first or last. */
export const BUCKETS = Math.ceil(Math.log(1e10) / LOG_GROWTH) + 2;

/** How far a value read from a bucket may be from the true one, as a share of it. */
export const BUCKET_ERROR = (GROWTH - 1) / 2;

export function bucketOf(value: number): number {
  if (!(value > LEAST)) return 0;
  return Math.min(BUCKETS - 1, 1 + Math.floor(Math.log(value / LEAST) / LOG_GROWTH));
}

/** The lower end of a bucket. */
export function bucketFrom(bucket: number): number {
  return bucket === 0 ? 0 : LEAST * GROWTH ** (bucket - 1);
}

/** The value that this share of all values reach at most, from the middle of its bucket; undefined when there are none. */
export function quantileOf(counts: Uint32Array, share: number): number | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  const rank = Math.max(1, Math.ceil(share * total - 1e-9));
  let seen = 0;
  for (const [bucket, count] of counts.entries()) {
    seen += count;
    if (seen >= rank) return (bucketFrom(bucket) + bucketFrom(bucket + 1)) / 2;
  }
  return undefined;
}

/** How many values are certainly above a limit. */
export function countAbove(counts: Uint32Array, limit: number): number {
  return counts.subarray(bucketOf(limit) + 1).reduce((sum, count) => sum + count, 0);
}
