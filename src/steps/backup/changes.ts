import type { Json } from "../../model/json.ts";
import type { Work } from "../../ports/step-kind.ts";

/**
 * The fact by which a step says that from now on it may change what the data must be.
 * Noted before the act, so that no crash can hide it.
 */
export const CHANGES_DATA = "changes_data";

/**
 * The fact by which such a step says on which hosts it has done nothing in this run.
 * Taken back before the act, so that no crash can leave an untrue one; noted when the act has stopped.
 */
export const UNTOUCHED = "untouched_hosts";

type Facts = Readonly<Record<string, Json>>;

/**
 * Whether a step after this one may have changed, in this run, what the data must be.
 * `host`: of data that only the programs of this host write.
 */
export function mayHaveChanged(
  work: Pick<Work<unknown>, "plan" | "step" | "factsOf">,
  host?: string,
): boolean {
  return changersBehind(work).some(
    (facts) => host === undefined || !untouchedIn(facts).includes(host),
  );
}

/** What the steps after this one say that may have changed data. */
function changersBehind({
  plan,
  step,
  factsOf,
}: Pick<Work<unknown>, "plan" | "step" | "factsOf">): readonly Facts[] {
  const own = plan.steps.findIndex(({ id }) => id === step.id);
  const all = plan.steps.slice(own + 1).map(({ id }) => factsOf(id));
  return all.filter((facts) => facts[CHANGES_DATA] === true);
}

/** The hosts on which a step has done nothing in this run. */
export function untouchedIn(facts: Facts): readonly string[] {
  const hosts = facts[UNTOUCHED];
  return Array.isArray(hosts) ? hosts.map(String) : [];
}
