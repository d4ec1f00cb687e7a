import type { Work } from "../../ports/step-kind.ts";

/** Name of the fact that a stage step has begun. */
export const STAGED = "staged";

type Looking = Pick<Work<unknown>, "plan" | "factsOf">;

/**
 * Whether a step of its own has put the release in place on this target. Then what is taken back after the deploy, such as a
 * migration, works in its files as well, and they stay until that step is taken back.
 */
export function isStagedApart({ plan, factsOf }: Looking, target: string): boolean {
  return plan.steps.some(
    ({ id, kind, spec }) =>
      kind === "stage" && spec["target"] === target && factsOf(id)[STAGED] === true,
  );
}

/** Whether this run has begun to deploy onto a target that served nothing before. */
export function wasFirstDeploy({ plan, factsOf }: Looking, target: string): boolean {
  return plan.steps.some(
    ({ id, kind, spec }) =>
      kind === "deploy" && spec["target"] === target && factsOf(id)["previous"] === null,
  );
}
