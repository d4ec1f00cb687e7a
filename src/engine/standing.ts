import type { Failure } from "../model/failure.ts";
import type { Choice } from "../model/event.ts";
import { letsGoOn } from "../model/outcome.ts";
import type { Step } from "../model/plan.ts";
import type { AttemptState, StepState } from "../model/run-state.ts";

/**
 * Where the act of one step stands, judged from its history.
 *
 *   pending ──► open ──► done
 *      ▲          │ ├──► retry ──► open …
 *      └─ again ──┘ ├──► failed ──► (plan's on_failure)
 *                   └──► unclear ─► (plan's on_unknown)
 *   asked ──► answered ──► again | done | failed
 */
export type Standing =
  | { readonly is: "pending"; readonly attempt: number }
  | { readonly is: "open"; readonly attempt: number }
  | { readonly is: "retry"; readonly attempt: number; readonly notBefore: string | undefined }
  | { readonly is: "done" }
  | { readonly is: "failed"; readonly because: Failure }
  | { readonly is: "stop"; readonly because: Failure }
  | { readonly is: "ask"; readonly because: Failure; readonly choices: readonly Choice[] }
  | { readonly is: "asked"; readonly because: Failure };

export function standing(step: Step, state: StepState | undefined): Standing {
  const attempts = state?.phases.do?.attempts ?? [];
  if (state?.skipped !== undefined) return { is: "done" };
  const last = attempts.at(-1);
  if (!last) return { is: "pending", attempt: 1 };
  if (!state || isOpen(last)) return { is: "open", attempt: last.attempt };
  const answered = answeredStanding(state, last);
  if (answered) return answered;
  if (last.lost !== undefined || !last.result) return { is: "pending", attempt: last.attempt + 1 };
  if (letsGoOn(last.result.outcome)) return { is: "done" };
  const because = last.result.failure ?? wordless(step, last);
  if (last.result.outcome === "unknown") return unclear(step, last, because);
  return fallenShort(step, state, because);
}

export function isOpen(attempt: AttemptState): boolean {
  return attempt.result === undefined && attempt.lost === undefined;
}

/** A question is open until an answer comes after it; an answer holds until the next attempt begins. */
function answeredStanding(state: StepState, last: AttemptState): Standing | undefined {
  const { question, answer } = state;
  if (!question || question.seq < last.seq || question.phase !== "do") return undefined;
  if (!answer || answer.seq < question.seq) return { is: "asked", because: question.because };
  switch (answer.choice) {
    case "again":
      return { is: "pending", attempt: last.attempt + 1 };
    case "passed":
      return { is: "done" };
    case "roll back":
      return { is: "failed", because: question.because };
    case "stop":
      return { is: "stop", because: question.because };
  }
}

function unclear(step: Step, last: AttemptState, because: Failure): Standing {
  switch (step.onUnknown) {
    case "again":
      return { is: "pending", attempt: last.attempt + 1 };
    case "roll back":
      return { is: "failed", because };
    case "ask":
      return { is: "ask", because, choices: ["passed", "again", "roll back", "stop"] };
  }
}

function fallenShort(step: Step, state: StepState, because: Failure): Standing {
  const phase = state.phases.do;
  const attempts = phase?.attempts ?? [];
  const counted = attempts.filter(
    (a) =>
      a.result !== undefined && a.result.outcome !== "unknown" && a.seq > (state.answer?.seq ?? 0),
  );
  if (counted.length < step.retry.tries) {
    const attempt = (attempts.at(-1)?.attempt ?? 0) + 1;
    const planned = phase?.notBefore?.attempt === attempt ? phase.notBefore.at : undefined;
    return { is: "retry", attempt, notBefore: planned };
  }
  switch (step.onFailure) {
    case "warn":
      return { is: "done" };
    case "roll back":
      return { is: "failed", because };
    case "stop":
      return { is: "stop", because };
    case "ask":
      return { is: "ask", because, choices: ["again", "passed", "roll back", "stop"] };
  }
}

function wordless(step: Step, last: AttemptState): Failure {
  const outcome = last.result?.outcome ?? "error";
  return {
    code: `step-${outcome}`,
    what: `Step ${step.id} ended as ${outcome}.`,
    fix: `Look at its output: seaworthy logs RUN ${step.id}`,
  };
}
