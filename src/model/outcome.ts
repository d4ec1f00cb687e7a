/**
 * How an attempt or a step ended.
 *
 * `failed`: the check ran and said no. `error`: it could not be carried out. `inconclusive`: there was not
 * enough evidence for a verdict. `unknown`: an effect may or may not have happened. `overridden`: a person
 * answered in its place. Only `passed`, `skipped` and `overridden` let a plan go on.
 */
export type Outcome =
  | "passed"
  | "failed"
  | "inconclusive"
  | "error"
  | "unknown"
  | "skipped"
  | "overridden";

/**
 * What a second execution of an effect means, hence what may be done after a crash that left an intent without an outcome.
 *
 * `read`: nothing changes, do it again. `idempotent`: the result is the same, do it again. `keyed`: the target keeps a
 * receipt under our key, ask it. `once`: nobody can say, so the outcome is `unknown`.
 */
export type Effect = "read" | "idempotent" | "keyed" | "once";

/** Whether a plan may go on after this outcome. */
export function letsGoOn(outcome: Outcome): boolean {
  return outcome === "passed" || outcome === "skipped" || outcome === "overridden";
}
