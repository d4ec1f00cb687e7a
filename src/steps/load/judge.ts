import { isHopeless } from "./hopeless.ts";
import type { Measured } from "./measured.ts";
import { quantile, type Quantile } from "./quantile.ts";
import { showAmount, showMs } from "./show.ts";
import { plannedRequests } from "./spec.ts";
import { holds, type Threshold } from "./threshold.ts";

/** What became of one threshold. */
export interface Judgement {
  readonly threshold: Threshold;
  readonly outcome: "passed" | "failed" | "inconclusive";
  /** `212 ms (95 %: 180 ms to 244 ms)`, or why there is nothing. */
  readonly found: string;
  readonly value?: number;
  /** Of an inconclusive one. */
  readonly why?: string;
  /** What was wanting: the load that this machine could make, answers, or anything to measure. */
  readonly wants?: "generator" | "answers" | "measure";
}

/** Judges every threshold by what was measured; what was not measured proves nothing. */
export function judge(measured: Measured, thresholds: readonly Threshold[]): readonly Judgement[] {
  return thresholds.map((threshold) => judgeOne(measured, threshold));
}

function judgeOne(measured: Measured, threshold: Threshold): Judgement {
  const read = valueOf(measured, threshold);
  if ("why" in read)
    return {
      threshold,
      outcome: "inconclusive",
      found: "not measured",
      why: read.why,
      wants: "measure",
    };
  const { value, between } = read;
  const found = showAmount(value, threshold.unit) + intervalOf(between);
  const base = { threshold, found, value };
  if (isLost(measured, threshold)) return { ...base, outcome: "failed" };
  if (between && isCertainlyMissed(measured, threshold, between))
    return { ...base, outcome: "failed" };
  const doubt = between && doubtful(measured, threshold, between);
  if (doubt !== undefined)
    return { ...base, outcome: "inconclusive", why: doubt, wants: "answers" };
  const isKept = holds(threshold, value);
  const why = isKept ? notApplied(measured) : ourFault(measured, threshold, value);
  if (why !== undefined) return { ...base, outcome: "inconclusive", why, wants: "generator" };
  return { ...base, outcome: isKept ? "passed" : "failed" };
}

/** Failed whatever else had come: this needs no further evidence, unless the generator is to blame. */
function isLost(measured: Measured, threshold: Threshold): boolean {
  const { spec, result, response } = measured;
  const planned = plannedRequests(spec);
  const bad = result.requests - result.good;
  const ours = slack(measured, threshold);
  const above = (limit: number) => response.above(limit + ours);
  return (
    planned !== undefined &&
    isHopeless(threshold, { planned, bad, above }) &&
    ourFault(measured, threshold, threshold.value + ours) === undefined
  );
}

/** The percentile lies above its limit with 95 % certainty, and answers enough do: that there are few good ones is no excuse. */
function isCertainlyMissed(
  measured: Measured,
  threshold: Threshold,
  { low = 0 }: Quantile,
): boolean {
  const { metric, comparison } = threshold;
  if (metric.of !== "percentile" || (comparison !== "<" && comparison !== "<=")) return false;
  const limit = threshold.value + slack(measured, threshold);
  const values = metric.time === "service" ? measured.service : measured.response;
  return (
    low > limit &&
    values.above(limit) >= measured.spec.least_beyond &&
    ourFault(measured, threshold, low) === undefined
  );
}

type Read = { readonly why: string } | { readonly value: number; readonly between?: Quantile };

function valueOf(measured: Measured, { metric, unit }: Threshold): Read {
  const { result, response, service, meanMs } = measured;
  const { requests, good, bytes, durationMs } = result;
  if (requests === 0) return { why: "no request was measured" };
  const counted = (count: number): Read => ({
    value: unit === "percent" ? (count * 100) / requests : count,
  });
  const none = { why: "no good answer was measured" };
  switch (metric.of) {
    case "percentile": {
      const between = quantile(metric.time === "service" ? service : response, metric.share);
      return between === undefined ? none : { value: between.value, between };
    }
    case "time": {
      if (response.count === 0) return none;
      const ends = { mean: meanMs, min: response.nth(1), max: response.nth(response.count) };
      return { value: ends[metric.which] };
    }
    case "errors":
      return counted(requests - good);
    case "good":
      return counted(good);
    case "status":
      return counted(countStatuses(result.statuses, metric));
    case "rate":
    case "throughput": {
      if (durationMs <= 0) return { why: "it took no time that could be measured" };
      return { value: ((metric.of === "rate" ? good : bytes) * 1_000) / durationMs };
    }
    case "memory":
    case "cpu":
      return used(measured, metric);
  }
}

function countStatuses(
  statuses: Readonly<Record<string, number>>,
  { from, to }: { readonly from: number; readonly to: number },
): number {
  const inRange = Object.entries(statuses).filter(
    ([status]) => Number(status) >= from && Number(status) <= to,
  );
  return inRange.reduce((sum, [, count]) => sum + count, 0);
}

function used(
  { sampled, inFlight }: Measured,
  metric: Extract<Threshold["metric"], { of: "memory" | "cpu" }>,
): Read {
  if (sampled === undefined) return { why: "no target was sampled" };
  if ("why" in sampled) return sampled;
  const { before, peak, cpuPercent } = sampled.report;
  if (metric.of === "cpu")
    return { value: metric.which === "mean" ? cpuPercent : cpuPercent / inFlight };
  if (metric.which === "peak") return { value: peak };
  return { value: metric.which === "growth" ? peak - before : (peak - before) / inFlight };
}

function doubtful(
  { spec }: Measured,
  { metric, value }: Threshold,
  between: Quantile,
): string | undefined {
  const { beyond, low = 0, high = Number.POSITIVE_INFINITY } = between;
  if (metric.of === "percentile" && beyond < spec.least_beyond) {
    const needed = Math.ceil(spec.least_beyond / (1 - metric.share) - 1e-6);
    return `${beyond} samples lie beyond the ${metric.name}, and ${spec.least_beyond} are asked for: that takes ${needed} good answers`;
  }
  if (spec.strict && low <= value && value <= high)
    return `with 95 % certainty it lies between ${showMs(low)} and ${showMs(high)}, on both sides of the threshold`;
  return undefined;
}

/** Why a threshold that holds proves nothing: the load that was asked for was not there. */
function notApplied({ plan, result }: Measured): string | undefined {
  const { model } = plan;
  const { startedPerSecond, failures } = result.generator;
  if (failures > 0)
    return `${failures} requests failed on this machine: it ran out of ports or files`;
  if (model.kind === "closed" || result.requests < 2) return undefined;
  const share = startedPerSecond / model.ratePerSecond;
  if (share >= 0.98) return undefined;
  return `only ${startedPerSecond.toFixed(1)} requests/s of ${model.ratePerSecond} were started`;
}

/** What being late may have added to one answer: it wakes up to connect, to send, to hear the head and the end. */
const WAKINGS = 4;

/** What this machine may have added to each time; 0 when it woke up in time. */
function slack({ result }: Measured, { value }: Threshold): number {
  const { cpu, lateMs } = result.generator;
  return lateMs > value / 4 || (cpu > 0.8 && lateMs > value / 10) ? WAKINGS * lateMs : 0;
}

/** Why a threshold that does not hold may be this machine's fault. */
function ourFault(measured: Measured, threshold: Threshold, found: number): string | undefined {
  const { metric, value } = threshold;
  const { cpu, lateMs, failures, heldBack, mostInFlight } = measured.result.generator;
  const busy = `the generator used ${Math.round(cpu * 100)} % of its core`;
  switch (metric.of) {
    case "errors":
    case "good":
      return failures > 0
        ? `${failures} requests failed on this machine: it ran out of ports or files`
        : undefined;
    case "rate":
    case "throughput":
      return cpu > 0.9 ? `${busy}, so it may be what was slow` : undefined;
    case "percentile":
    case "time": {
      const ours = slack(measured, threshold);
      if (ours > 0 && found < value + ours)
        return `${busy} and woke up to ${showMs(lateMs)} late (99 %)`;
      const isHeld = heldBack > 0 && measured.plan.model.kind === "open";
      return isHeld && holdsInService(measured, threshold)
        ? `${heldBack} requests waited here because ${mostInFlight} were under way, the most allowed: raise \`most_in_flight\``
        : undefined;
    }
    case "status":
    case "memory":
    case "cpu":
      return undefined;
  }
}

/** Without the time that requests waited here. */
function holdsInService({ service }: Measured, threshold: Threshold): boolean {
  const { metric } = threshold;
  if (metric.of === "percentile")
    return holds(threshold, quantile(service, metric.share)?.value ?? Number.NaN);
  return metric.of === "time" && metric.which !== "mean"
    ? holds(threshold, service.nth(metric.which === "min" ? 1 : service.count))
    : true;
}

function intervalOf(between: Quantile | undefined): string {
  if (between === undefined) return "";
  const { low, high } = between;
  if (low === undefined && high === undefined) return "";
  const to = high === undefined ? "more than was seen" : showMs(high);
  return ` (95 %: ${low === undefined ? "0 ms" : showMs(low)} to ${to})`;
}
