import { describe, expect, test } from "vitest";
import { orderedBuckets, orderedValues, quantile, ranks } from "./quantile.ts";
import { BUCKETS, bucketOf } from "../../lib/log-histogram.ts";

const upTo = (n: number) => Float64Array.from({ length: n }, (_, index) => n - index);

test.each([
  [1, 0.5, 1, 0],
  [100, 0.95, 95, 5],
  [100, 0.99, 99, 1],
  [101, 0.95, 96, 5],
  [1000, 0.999, 999, 1],
  [20, 0.95, 19, 1],
])("of 1 to %i the share %d is at %d, with %i beyond", (n, share, value, beyond) => {
  expect(quantile(orderedValues(upTo(n)), share)).toMatchObject({ value, beyond });
});

test("of nothing there is no percentile", () => {
  expect(quantile(orderedValues(new Float64Array()), 0.5)).toBeUndefined();
});

// Ranks from the binomial distribution itself, by exact fractions.
test.each([
  [100, 0.5, 40, 61],
  [100, 0.95, 90, 100],
  [1000, 0.95, 936, 964],
])("the interval of %i values at %d goes from rank %i to %i", (n, share, low, high) => {
  expect(ranks(n, share)).toEqual({ low, high });
});

test("says that nothing is far enough out to bound a percentile from above", () => {
  expect(ranks(60, 0.95)).toEqual({ low: expect.any(Number) });
  expect(ranks(80, 0.95).high).toBe(80);
  expect(ranks(3, 0.5)).toEqual({});
});

test("holds the true percentile as often as it says", () => {
  let seed = 1;
  const chance = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  let held = 0;
  for (let round = 0; round < 2_000; round++) {
    const found = quantile(orderedValues(Float64Array.from({ length: 200 }, chance)), 0.95);
    if ((found?.low ?? 0) <= 0.95 && 0.95 <= (found?.high ?? 1)) held++;
  }
  expect(held / 2_000).toBeGreaterThan(0.945);
  expect(held / 2_000).toBeLessThan(0.985);
});

describe("from buckets", () => {
  test("is at most half a percent off", () => {
    const counts = new Uint32Array(BUCKETS);
    for (const value of upTo(10_000)) counts[bucketOf(value)]!++;
    const values = orderedBuckets(counts, 0.005);
    for (const share of [0.01, 0.5, 0.95, 0.999])
      expect(Math.abs((quantile(values, share)?.value ?? 0) / (share * 10_000) - 1)).toBeLessThan(
        0.0051,
      );
    expect(values.above(5_000)).toBeGreaterThan(4_940);
    expect(values.above(5_000)).toBeLessThan(5_060);
  });
});
