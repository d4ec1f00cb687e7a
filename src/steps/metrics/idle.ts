import type { Condition } from "./condition.ts";

/** Why a condition says the same whatever is measured; undefined when it can hold and can fail. */
export function idleness(condition: Condition): string | undefined {
  const { test, selector, of, text } = condition;
  if (test.kind === "same") return undefined;
  const least = leastOf(condition);
  if (least === undefined) return undefined;
  const { comparison, value } = test;
  const always =
    (comparison === ">=" && value <= least) ||
    (comparison === ">" && value < least) ||
    (comparison === "!=" && value < least);
  const never =
    (comparison === "<" && value <= least) ||
    (comparison === "<=" && value < least) ||
    (comparison === "==" && value < least) ||
    (of === "count" && comparison === "==" && !Number.isInteger(value));
  if (!always && !never) return undefined;
  const subject =
    test.kind === "rose"
      ? "a counter never rises by less than 0"
      : of === "count"
        ? "where nothing is found the step is inconclusive, so the count is never less than 1"
        : `${selector?.name ?? "it"} is never less than 0`;
  return `\`${text}\` can never ${always ? "fail" : "hold"}: ${subject}.`;
}

/** The least value that there can be, where that is known. */
function leastOf({ test, of, selector }: Condition): number | undefined {
  if (test.kind === "rose") return 0;
  if (of === "count") return 1;
  return selector && /_(?:total|count|bucket)$/.test(selector.name) ? 0 : undefined;
}
