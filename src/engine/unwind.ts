import { EXIT } from "../model/exit.ts";
import type { Phase } from "../model/event.ts";
import type { Failure } from "../model/failure.ts";
import { letsGoOn } from "../model/outcome.ts";
import type { Plan, Step } from "../model/plan.ts";
import type { AttemptState, RunState } from "../model/run-state.ts";
import type { Action } from "./action.ts";
import { isOpen } from "./standing.ts";

/**
 * The way back, one thing at a time:
 *
 *   keep evidence ──► probe every undo ──► undo, newest first ──► prove ──► finish rolled back
 *                          └─ no ───────────────┴─ no ─────────────┴─ no ──► finish rollback failed
 *
 * Keeping evidence is tried and never in the way. Probing, undoing and proving get one more try.
 */
export function unwind(plan: Plan, state: RunState): readonly Action[] {
  const started = startedSteps(plan, state);
  const backwards = started.toReversed();
  const because = state.rollback?.because;
  const stages: readonly Stage[] = [
    {
      phase: "evidence",
      steps: backwards.filter((s) => s.abilities.evidence),
      tries: 1,
      must: false,
    },
    { phase: "probe", steps: backwards.filter((s) => s.abilities.undo), tries: 2, must: true },
    { phase: "undo", steps: backwards.filter((s) => s.abilities.undo), tries: 2, must: true },
    { phase: "prove", steps: started.filter((s) => s.abilities.prove), tries: 2, must: true },
  ];
  for (const stage of stages) {
    const verdict = walk(stage, state, state.unwindFrom);
    if (verdict?.failed)
      return [
        { do: "finish", as: "rollback failed", exit: EXIT.rollbackFailed, because: verdict.failed },
      ];
    if (verdict) return [verdict.action];
  }
  const exit = because?.code === "plan-out-of-time" ? EXIT.outOfTime : EXIT.rolledBack;
  return [{ do: "finish", as: "rolled back", exit, ...(because && { because }) }];
}

/** Everything passed: each step tidies up, then the run is accepted. */
export function accept(plan: Plan, state: RunState): readonly Action[] {
  const steps = startedSteps(plan, state).filter((s) => s.abilities.accept);
  const verdict = walk({ phase: "accept", steps, tries: 2, must: false }, state, 0);
  if (verdict?.action) return [verdict.action];
  return [{ do: "finish", as: "accepted", exit: EXIT.accepted }];
}

interface Stage {
  readonly phase: Phase;
  readonly steps: readonly Step[];
  readonly tries: number;
  /** Whether falling short ends the rollback. */
  readonly must: boolean;
}

type Verdict =
  | { readonly action: Action; readonly failed?: undefined }
  | { readonly action?: undefined; readonly failed: Failure };

/** The first thing of this stage that is not settled, or undefined when all is done. */
function walk(stage: Stage, state: RunState, from: number): Verdict | undefined {
  for (const step of stage.steps) {
    const verdict = one(stage, step, { state, from });
    if (verdict && (verdict.action || stage.must)) return verdict;
  }
  return undefined;
}

function one(
  { phase, tries }: Stage,
  step: Step,
  { state, from }: { state: RunState; from: number },
): Verdict | undefined {
  const attempts = state.steps.get(step.id)?.phases[phase]?.attempts ?? [];
  const last = attempts.at(-1);
  const again: Verdict = {
    action: { do: "attempt", step: step.id, phase, attempt: (last?.attempt ?? 0) + 1 },
  };
  if (!last) return again;
  if (isOpen(last))
    return { action: { do: "settle", step: step.id, phase, attempt: last.attempt } };
  if (last.result && letsGoOn(last.result.outcome)) return undefined;
  const counted = attempts.filter((a) => a.result && a.seq > from);
  // Nobody knows whether it happened: a second try could be the second time.
  const unclear = counted.at(-1)?.result?.outcome === "unknown";
  if (last.lost !== undefined || (counted.length < tries && !unclear)) return again;
  return { failed: cause(step, phase, last) };
}

function cause(step: Step, phase: Phase, last: AttemptState): Failure {
  return (
    last.result?.failure ?? {
      code: `${phase}-failed`,
      what: `Step ${step.id} could not ${phase}.`,
      fix: `Look at its output: seaworthy logs RUN ${step.id}`,
    }
  );
}

/** Steps whose act has begun, in the order in which they began. */
function startedSteps(plan: Plan, state: RunState): readonly Step[] {
  const began = (step: Step) => state.steps.get(step.id)?.phases.do?.attempts[0]?.seq;
  return plan.steps
    .filter((step) => began(step) !== undefined)
    .toSorted((a, b) => (began(a) ?? 0) - (began(b) ?? 0));
}
