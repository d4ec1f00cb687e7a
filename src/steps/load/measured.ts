import { BUCKET_ERROR } from "../../lib/log-histogram.ts";
import type { LoadPlan, LoadPulse, LoadResult } from "../../ports/load.ts";
import type { LoadSpec } from "./spec.ts";
import {
  orderedBuckets,
  type Ordered,
  orderedValues,
  quantile,
  type Quantile,
} from "./quantile.ts";
import type { Sampled } from "./sampling.ts";

/** Everything that a load gave, ready to be judged and drawn. */
export interface Measured {
  readonly spec: LoadSpec;
  readonly plan: LoadPlan;
  readonly result: LoadResult;
  readonly response: Ordered;
  readonly service: Ordered;
  readonly meanMs: number;
  /** Requests under way at once, on average; of a closed load its users. */
  readonly inFlight: number;
  readonly pulses: readonly LoadPulse[];
  /** Absent: no target was to be sampled. */
  readonly sampled?: Sampled;
}

export function measuredOf(
  given: Omit<Measured, "response" | "service" | "meanMs" | "inFlight">,
): Measured {
  const { result, plan } = given;
  const { rows } = result;
  const isWhole = rows.dropped === 0;
  const good = (values: Float64Array) => values.filter((_, index) => rows.isGood[index] === 1);
  const response = good(rows.responseMs);
  return {
    ...given,
    response: isWhole ? orderedValues(response) : orderedBuckets(result.response, BUCKET_ERROR),
    service: isWhole
      ? orderedValues(good(rows.serviceMs))
      : orderedBuckets(result.service, BUCKET_ERROR),
    meanMs: sum(response) / Math.max(1, response.length),
    inFlight: plan.model.kind === "closed" ? plan.model.concurrency : averageInFlight(result),
  };
}

/** Little's law. */
function averageInFlight({ rows, requests, durationMs }: LoadResult): number {
  const kept = Math.max(1, requests - rows.dropped);
  const busyMs = (sum(rows.serviceMs) * requests) / kept;
  return Math.max(1, durationMs > 0 ? busyMs / durationMs : 1);
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}

const PERCENTILES = [
  ["p50Ms", 0.5],
  ["p90Ms", 0.9],
  ["p95Ms", 0.95],
  ["p99Ms", 0.99],
] as const;

/** The usual percentiles of the response time. */
export function percentilesOf({
  response,
}: Measured): readonly (Quantile & { readonly name: string })[] {
  return PERCENTILES.flatMap(([name, share]) => {
    const found = quantile(response, share);
    return found === undefined ? [] : { name, ...found };
  });
}

/** What a step's result tells, unit in the name. What was not measured is not there. */
export function numbersOf(measured: Measured): Readonly<Record<string, number>> {
  const { result, response, service, meanMs, sampled } = measured;
  const { requests, good, bytes, durationMs, warmUp, generator } = result;
  const seconds = durationMs / 1_000;
  const named = Object.fromEntries(
    percentilesOf(measured).map(({ name, value }) => [name, rounded(value)]),
  );
  const serviceP95 = quantile(service, 0.95)?.value;
  return {
    requests,
    samples: good,
    good,
    bad: requests - good,
    warmUp,
    ...(requests === 0 ? {} : { errorRate: rounded((requests - good) / requests) }),
    ...named,
    ...(response.count === 0
      ? {}
      : { meanMs: rounded(meanMs), maxMs: rounded(response.nth(response.count)) }),
    ...(serviceP95 === undefined ? {} : { serviceP95Ms: rounded(serviceP95) }),
    ...(seconds > 0
      ? {
          requestsPerSecond: rounded(good / seconds),
          bytesPerSecond: Math.round(bytes / seconds),
        }
      : {}),
    durationMs: Math.round(durationMs),
    ...usageNumbers(measured, sampled),
    generatorCpu: rounded(generator.cpu),
    generatorLateMs: rounded(generator.lateMs),
  };
}

function usageNumbers(
  { inFlight }: Measured,
  sampled: Sampled | undefined,
): Record<string, number> {
  if (sampled === undefined || !("report" in sampled)) return {};
  const { before, peak, cpuPercent } = sampled.report;
  return {
    memoryBeforeBytes: before,
    memoryPeakBytes: peak,
    memoryPerRequestBytes: Math.round((peak - before) / inFlight),
    cpuPercent: rounded(cpuPercent),
    cpuPerRequestPercent: rounded(cpuPercent / inFlight),
  };
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
