import { compilePattern } from "../lib/pattern.ts";
import type { Retry } from "./model.ts";
import type { Telling } from "./tell.ts";
import type { Ended } from "./try.ts";

/** Tries again while the step does not pass, and says so. */
export async function retried(
  telling: Telling,
  { tries, waitMs, on }: Retry,
  tryIt: () => Promise<Ended>,
): Promise<Ended> {
  const { clock } = telling.session.shared.world;
  const { signal } = telling.session;
  let first: Ended | undefined;
  for (let count = 1; ; count++) {
    const ended = await tryIt();
    const goesOn =
      ended.outcome !== "passed" && count < tries && !signal.aborted && isMeant(ended, on);
    if (!goesOn) return count === 1 ? ended : told(telling, ended, { first, count, waitMs });
    first ??= ended;
    await clock.sleep(waitMs, signal);
  }
}

function isMeant(ended: Ended, on: Retry["on"]): boolean {
  if (on === undefined) return true;
  const words = `${ended.failure?.what ?? ""}\n${ended.failure?.detail ?? ""}`;
  return on.some((each) => {
    if (each === "network") return ended.isNetwork === true;
    const compiled = compilePattern(each);
    return compiled.ok && compiled.pattern.find(words) !== undefined;
  });
}

function told(
  { step }: Telling,
  ended: Ended,
  more: { readonly first: Ended | undefined; readonly count: number; readonly waitMs: number },
): Ended {
  const { first, count, waitMs } = more;
  const why = first?.failure?.what ?? "";
  const warning =
    ended.outcome === "passed"
      ? [`"${step.name}" passed at try ${count}. The first one: ${why}`]
      : [];
  return {
    ...ended,
    attempts: count,
    tries: { first: why, last: lastOf(ended), waitedMs: waitMs * (count - 1) },
    warnings: [...(ended.warnings ?? []), ...warning],
    notes: [...(ended.notes ?? []), `at try ${count}`],
    ...(ended.failure === undefined
      ? {}
      : {
          failure: {
            ...ended.failure,
            what: ended.failure.what.replace(/\.$/, ` (${count} tries).`),
          },
        }),
  };
}

function lastOf({ failure, answer }: Ended): string {
  return failure?.what ?? (answer === undefined ? "passed" : `status ${answer.status}`);
}
