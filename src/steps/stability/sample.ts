import { Fault } from "../../model/failure.ts";
import type { Part } from "../../ports/driver.ts";
import type { Work } from "../../ports/step-kind.ts";
import { tryOnce, type Try } from "../health/try.ts";
import { watched } from "./parts.ts";
import type { StabilitySpec } from "./spec.ts";

export type StabilityWork = Work<StabilitySpec>;

/** What was seen at one moment. */
export interface Sample {
  /** Undefined: the target could not say. */
  readonly parts: readonly Part[] | undefined;
  /** Why it could not. */
  readonly silent?: string;
  readonly health?: Try;
}

/** Looks at the target and asks its health, both at the same time; neither takes longer than its own deadline. */
export async function takeSample(work: StabilityWork, url: string | undefined): Promise<Sample> {
  const [state, health] = await Promise.all([
    lookAt(work),
    url === undefined ? undefined : askHealth(work, url),
  ]);
  return { ...state, ...(health && { health }) };
}

async function lookAt(work: StabilityWork): Promise<Sample> {
  const { spec, release } = work;
  try {
    const patience = { ...work.act(), timeoutMs: Math.max(5_000, spec.every) };
    const parts = await work.driver(spec.target).state(patience);
    return { parts: watched(parts, release?.id) };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { parts: undefined, silent: error.failure.what };
  }
}

async function askHealth(work: StabilityWork, url: string): Promise<Try | undefined> {
  const { spec, release, http, clock, signal, step } = work;
  if (spec.health === undefined) return undefined;
  const { timeout: timeoutMs } = spec.health;
  const around = { http, clock, signal, at: step.at };
  return tryOnce({ spec: spec.health, url, release, timeoutMs, ...around });
}

/** One line of the log: what each part does, and how the health check went. */
export function showSample({ parts, silent, health }: Sample): string {
  const state =
    parts === undefined
      ? `no state: ${silent ?? ""}`
      : parts
          .map(({ name, state: is, restarts, healthy }) => {
            const unwell = healthy === false ? " (unwell)" : "";
            return `${name} ${is}${unwell}, ${restarts} ${restarts === 1 ? "restart" : "restarts"}`;
          })
          .join("; ");
  const took = health?.answer ? ` in ${Math.round(health.answer.durationMs)} ms` : "";
  return health === undefined ? state : `${state}; health: ${health.what}${took}`;
}
