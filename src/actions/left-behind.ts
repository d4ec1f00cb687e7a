import type { Entry } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import { planOf } from "./carry.ts";
import type { RunHead } from "../ports/journal.ts";
import type { Workplace } from "./workplace.ts";

/**
 * The newer run that has acted on the environment since this one was last driven, when there is one.
 *
 * That takes a person who unlocked the environment. Going on would then act on what somebody else has put there.
 */
export async function leftBehindBy(
  workplace: Pick<Workplace, "journal">,
  head: RunHead,
): Promise<string | undefined> {
  const { journal } = workplace;
  const heads = await journal.runs({ environment: head.environment });
  const newer = heads.slice(
    0,
    heads.findIndex(({ id }) => id === head.id),
  );
  for (const { id } of newer) {
    // One after another: nearly always there is none, and the first that has acted is enough.
    // oxlint-disable-next-line no-await-in-loop
    if (hasActed(await planOf(workplace, id), await journal.read(id))) return id;
  }
  return undefined;
}

/** It began something that would have to be taken back; a plan that only proves has not. */
function hasActed(plan: Plan, entries: readonly Entry[]): boolean {
  const undoable = new Set(plan.steps.filter((s) => s.abilities.undo).map((s) => s.id));
  return entries.some(({ event }) => event.kind === "attempt-started" && undoable.has(event.step));
}
