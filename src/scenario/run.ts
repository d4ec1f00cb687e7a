import type { Failure } from "../model/failure.ts";
import type { Outcome } from "../model/outcome.ts";
import type { Scenario } from "./model.ts";
import { openSession } from "./session.ts";
import type { ScenarioWorld } from "./session.ts";
import { runStep } from "./step.ts";
import type { StepVerdict } from "./step.ts";

export interface Verdict {
  readonly outcome: Outcome;
  /** Those that were carried out. */
  readonly steps: readonly StepVerdict[];
  readonly failure?: Failure;
  readonly warnings: readonly string[];
  /** `9 of 9 steps, 1 warning`. */
  readonly summary: string;
  readonly durationMs: number;
}

/** Carries a scenario out, step by step, until one does not pass. */
export async function runScenario(scenario: Scenario, world: ScenarioWorld): Promise<Verdict> {
  const began = world.clock.monotonic();
  const session = await openSession(scenario, world);
  const steps: StepVerdict[] = [];
  for (const [at, step] of scenario.steps.entries()) {
    const verdict = await runStep(step, at, session);
    steps.push(verdict);
    if (verdict.outcome !== "passed" && !verdict.tolerated) break;
  }
  const cookies = session.jar.show();
  if (cookies !== undefined) await world.save("cookies.txt", cookies);
  return verdictOf(steps, scenario, world.clock.monotonic() - began);
}

function verdictOf(steps: readonly StepVerdict[], scenario: Scenario, durationMs: number): Verdict {
  const last = steps.findLast(({ outcome, tolerated }) => outcome !== "passed" && !tolerated);
  const warnings = steps.flatMap((step) => step.warnings);
  const done = steps.length - (last ? 1 : 0);
  const more =
    warnings.length === 0 ? "" : `, ${warnings.length} warning${warnings.length === 1 ? "" : "s"}`;
  const verdict = {
    steps,
    warnings,
    summary: `${done} of ${scenario.steps.length} steps${more}`,
    durationMs,
  };
  if (last)
    return {
      ...verdict,
      outcome: last.outcome,
      ...(last.failure ? { failure: last.failure } : {}),
    };
  if (steps.some(({ outcome }) => outcome === "passed")) return { ...verdict, outcome: "passed" };
  return { ...verdict, outcome: "inconclusive", failure: nothingProven(scenario) };
}

function nothingProven({ name }: Scenario): Failure {
  return {
    code: "scenario-proved-nothing",
    what: `Scenario "${name}" ended without one step that passed.`,
    fix: "Take best_effort off the steps that must work.",
  };
}
