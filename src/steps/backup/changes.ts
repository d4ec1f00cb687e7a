import type { Work } from "../../ports/step-kind.ts";

/**
 * The fact by which a step says that from now on it may change what the data must be.
 * Noted before the act, so that no crash can hide it.
 */
export const CHANGES_DATA = "changes_data";

/** Whether a step after this one may have changed, in this run, what the data must be. */
export function mayHaveChanged(work: Pick<Work<unknown>, "plan" | "step" | "factsOf">): boolean {
  const { steps } = work.plan;
  const own = steps.findIndex(({ id }) => id === work.step.id);
  return steps.slice(own + 1).some(({ id }) => work.factsOf(id)[CHANGES_DATA] === true);
}
