import type { Entry } from "../model/event.ts";
import type { RunHead } from "../ports/journal.ts";
import type { Workplace } from "./workplace.ts";

/**
 * The newer run that has acted on the environment since this one was last driven, when there is one.
 *
 * That takes a person who unlocked the environment. Going on would then act on what somebody else has put there.
 */
export async function leftBehindBy(
  { journal }: Pick<Workplace, "journal">,
  head: RunHead,
): Promise<string | undefined> {
  const heads = await journal.runs({ environment: head.environment });
  const newer = heads.slice(
    0,
    heads.findIndex(({ id }) => id === head.id),
  );
  for (const { id } of newer) {
    // One after another: nearly always there is none, and the first that has acted is enough.
    // oxlint-disable-next-line no-await-in-loop
    if ((await journal.read(id)).some(hasActed)) return id;
  }
  return undefined;
}

function hasActed({ event }: Entry): boolean {
  return event.kind === "attempt-started" && event.effect !== "read";
}
