import { letsGoOn } from "../model/outcome.ts";
import type { Plan, Step } from "../model/plan.ts";
import type { RunState } from "../model/run-state.ts";

/** How far the way back of one step has come. */
export interface StepBack {
  readonly step: string;
  /** `taken back`, `not taken back: …`, `not taken back yet`. */
  readonly words: string;
}

/** What a rollback that has not come to its end has taken back, and what it has not; in the order in which it goes. */
export function wayBack(plan: Plan, state: RunState): readonly StepBack[] {
  const { rollback, ended } = state;
  if (!rollback || ended?.as === "rolled back") return [];
  const began = (step: Step) => state.steps.get(step.id)?.phases.do?.attempts[0]?.seq ?? 0;
  return plan.steps
    .filter((step) => step.abilities.undo && began(step) > 0)
    .toSorted((a, b) => began(b) - began(a))
    .map(({ id }) => ({ step: id, words: words(state, id) }));
}

function words(state: RunState, id: string): string {
  const { undo, probe } = state.steps.get(id)?.phases ?? {};
  const last = undo?.attempts.at(-1) ?? probe?.attempts.at(-1);
  const { result } = last ?? {};
  if (result && !letsGoOn(result.outcome))
    return `not taken back: ${result.failure?.what ?? result.outcome}`;
  return result && undo ? "taken back" : "not taken back yet";
}
