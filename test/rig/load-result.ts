import { bucketOf, BUCKETS } from "../../src/lib/log-histogram.ts";
import type { LoadResult } from "../../src/ports/load.ts";

/** A result of the load generator: good answers with these times, and as many bad ones. */
export function loadResult(
  times: readonly number[],
  given: Partial<Omit<LoadResult, "generator">> & {
    readonly bad?: number;
    readonly generator?: Partial<LoadResult["generator"]>;
    readonly serviceMs?: readonly number[];
  } = {},
): LoadResult {
  const { bad = 0, generator, serviceMs = times, ...rest } = given;
  const requests = times.length + bad;
  const pad = (values: readonly number[]) =>
    Float64Array.from([...values, ...Array<number>(bad).fill(0)]);
  return {
    rows: {
      dropped: 0,
      startMs: Float64Array.from({ length: requests }, (_, index) => index),
      serviceMs: pad(serviceMs),
      responseMs: pad(times),
      status: Uint16Array.from({ length: requests }, (_, index) =>
        index < times.length ? 200 : 0,
      ),
      bytes: new Float64Array(requests).fill(1_000),
      isGood: Uint8Array.from({ length: requests }, (_, index) => Number(index < times.length)),
    },
    requests,
    good: times.length,
    bytes: times.length * 1_000,
    durationMs: 1_000,
    activeMs: 1_000,
    warmUp: 10,
    statuses: times.length === 0 ? {} : { 200: times.length },
    errors: bad === 0 ? {} : { "connection refused": bad },
    hashes: {},
    response: counts(times),
    service: counts(serviceMs),
    connections: { opened: 10, resent: 0, stray: 0 },
    ...rest,
    generator: {
      cpu: 0.1,
      lateMs: 0.5,
      mostInFlight: 10,
      heldBack: 0,
      startedLate: 0,
      startedPerSecond: 100,
      failures: 0,
      ...generator,
    },
  };
}

function counts(values: readonly number[]): Uint32Array {
  const buckets = new Uint32Array(BUCKETS);
  for (const value of values) buckets[bucketOf(value)]!++;
  return buckets;
}
