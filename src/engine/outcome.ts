import { compilePattern } from "../lib/pattern.ts";
import type { Phase, Result } from "../model/event.ts";
import type { Failure } from "../model/failure.ts";
import { letsGoOn } from "../model/outcome.ts";
import type { Step } from "../model/plan.ts";

/** The result as it goes into the journal: too little evidence taken back, the failure with its place and the plan's hint. */
export function endAttempt(step: Step, phase: Phase, result: Result): Result {
  const weighed = phase === "do" ? weigh(step, result) : result;
  if (letsGoOn(weighed.outcome) || !weighed.failure) return weighed;
  return { ...weighed, failure: place(step, weighed.failure) };
}

/** `least` asks for samples where a check counts them, else for kept evidence. */
function weigh(step: Step, result: Result): Result {
  if (step.least === undefined || result.outcome !== "passed") return result;
  const has = result.numbers?.["samples"] ?? result.evidence?.length ?? 0;
  if (has >= step.least) return result;
  const failure: Failure = {
    code: "too-little-evidence",
    what: `Step ${step.id} passed on ${has} pieces of evidence; the plan wants at least ${step.least}.`,
    fix: "Let the check see more, or lower `least` if less is enough.",
  };
  return { ...result, outcome: "inconclusive", failure };
}

function place(step: Step, failure: Failure): Failure {
  const words = [failure.code, failure.what, failure.detail ?? ""].join("\n");
  const hint = failure.hint ?? step.hints.find(({ pattern }) => isIn(pattern, words))?.text;
  return { ...failure, at: failure.at ?? step.at, ...(hint !== undefined && { hint }) };
}

function isIn(pattern: string, words: string): boolean {
  const compiled = compilePattern(pattern);
  return compiled.ok && compiled.pattern.find(words) !== undefined;
}
