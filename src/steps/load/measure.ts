import type { LoadPulse } from "../../ports/load.ts";
import type { Work } from "../../ports/step-kind.ts";
import { countAbove } from "../../lib/log-histogram.ts";
import { fromScenario, type Prepared } from "./from-scenario.ts";
import { isHopeless, isLostByAll } from "./hopeless.ts";
import { type Measured, measuredOf } from "./measured.ts";
import { planOf, requestOf } from "./plan-of.ts";
import { sampleUsage } from "./sampling.ts";
import { showMs, showNumber } from "./show.ts";
import { type LoadSpec, plannedRequests } from "./spec.ts";
import { thresholdsOf } from "./thresholds.ts";

/** After this long without a single good answer there is none to wait for. */
const PATIENCE_MS = 5_000;

/** When so many are bad and none is good, more of them say nothing new. */
const ENOUGH_BAD = 50;

/** Sends the requests, and samples the target meanwhile. */
export async function measure(
  work: Work<LoadSpec>,
): Promise<{ readonly measured: Measured; readonly warnings: readonly string[] }> {
  const { spec, plan: around } = work;
  const prepared: Prepared =
    spec.scenario === undefined
      ? { request: requestOf(spec, around.environment.url), end: async () => [] }
      : await fromScenario(work);
  let warnings: readonly string[] = [];
  let measured: Measured;
  try {
    measured = await sendAll(work, prepared.request);
  } finally {
    warnings = await prepared.end();
  }
  return { measured, warnings };
}

async function sendAll(work: Work<LoadSpec>, request: Prepared["request"]): Promise<Measured> {
  const { spec } = work;
  const plan = planOf(spec, request);
  const pulses: LoadPulse[] = [];
  const sampler = spec.target === undefined ? undefined : await sampleUsage(work, spec.target);
  const sending = work.load.run(plan, {
    signal: work.signal,
    pulse: (pulse) => {
      pulses.push(pulse);
      tell(work, pulse);
      return spec.abort ? hopeless(spec, pulse) : undefined;
    },
  });
  const result = await sending.catch(async (error: unknown) => {
    await sampler?.stop(0);
    throw error;
  });
  const sampled = await sampler?.stop(result.activeMs);
  const base = { spec, plan, result, pulses };
  return measuredOf(sampled === undefined ? base : { ...base, sampled });
}

function tell(work: Work<LoadSpec>, pulse: LoadPulse): void {
  const { atMs, requests, good, bad, bytes, p50Ms, p95Ms, perSecond } = pulse;
  const times = p50Ms === undefined ? "" : `, p50 ${showMs(p50Ms)}, p95 ${showMs(p95Ms ?? 0)}`;
  const words = `${Math.round(atMs / 1_000)} s: ${requests} requests, ${bad} bad, ${showNumber(perSecond)}/s${times}`;
  const numbers = { atMs: Math.round(atMs), requests, good, bad, bytes, perSecond };
  work.progress(words, {
    numbers: {
      ...numbers,
      ...(p50Ms === undefined ? {} : { p50Ms }),
      ...(p95Ms === undefined ? {} : { p95Ms }),
    },
  });
}

/** Why it makes no sense to go on: the threshold that can't hold any more. */
function hopeless(spec: LoadSpec, pulse: LoadPulse): string | undefined {
  const { bad, good, atMs, response } = pulse;
  const planned = plannedRequests(spec);
  const thresholds = thresholdsOf(spec);
  if (good === 0 && bad >= ENOUGH_BAD && thresholds.some((each) => isLostByAll(each, bad)))
    return `all of the first ${bad} were bad`;
  if (planned === undefined)
    return good === 0 && bad > 0 && atMs > PATIENCE_MS ? "no answer was good" : undefined;
  const above = (limit: number) => countAbove(response, limit);
  const lost = thresholds.find((each) => isHopeless(each, { planned, bad, above }));
  return lost && `"${lost.text}" can't hold any more`;
}
