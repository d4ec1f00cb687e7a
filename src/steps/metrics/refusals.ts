import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Preparation } from "../../ports/step-kind.ts";
import { readCondition, readQueryCondition, withoutLookUps, type Condition } from "./condition.ts";
import { idleness } from "./idle.ts";
import { pointsIn, type MetricsSpec } from "./spec.ts";

type Refuse = (key: string, what: string, fix: string) => void;

/** What can't be read, can't hold, can't fail, or has no effect where it stands. */
export function refusals(spec: MetricsSpec, preparation: Preparation): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const refuse: Refuse = (key, what, fix) => found.push(preparation.blame(key, what, fix));
  const conditions = readAll(spec, refuse);
  if (spec.bearer !== undefined && spec.basic !== undefined)
    refuse("basic", "A request signs in once: with `bearer` or with `basic`.", "Leave one out.");
  if (spec.prometheus === undefined) refuseOfPage(spec, conditions, { refuse, preparation });
  else refuseOfQuery(spec, refuse);
  return found;
}

function readAll(spec: MetricsSpec, refuse: Refuse): readonly Condition[] {
  return (spec.expect ?? []).flatMap((written, index) => {
    const { text, isOpen } = withoutLookUps(written);
    const read = spec.prometheus === undefined ? readCondition(text) : readQueryCondition(text);
    if (!read.ok) {
      refuse(keyOf(spec, index), read.what, read.fix);
      return [];
    }
    const idle = isOpen ? undefined : idleness(read.condition);
    if (idle !== undefined)
      refuse(keyOf(spec, index), idle, "Compare with a number that it can be above and below.");
    return read.condition;
  });
}

/** One condition may stand without a list around it. */
function keyOf({ expect = [] }: MetricsSpec, index: number): string {
  return expect.length > 1 ? `expect.${index}` : "expect";
}

function refuseOfPage(
  spec: MetricsSpec,
  conditions: readonly Condition[],
  { refuse, preparation }: { refuse: Refuse; preparation: Preparation },
): void {
  for (const key of ["query", "range", "least_points"] as const)
    if (spec[key] !== undefined)
      refuse(key, `"${key}" is for \`prometheus\`, and this step reads a page.`, "Leave it out.");
  if (spec.get !== undefined && !/^(\/|https?:\/\/|\$\{)/.test(spec.get))
    refuse("get", `"${spec.get}" is neither a path nor a URL.`, `Begin it with "/": /${spec.get}`);
  const looksBack = conditions.some(({ test }) => test.kind !== "is");
  if (looksBack && spec.since === undefined)
    refuse(
      "expect",
      "Nothing says since when it rose or did not change.",
      "Add `since: ID` of an earlier metrics step with `mark: true`.",
    );
  if (spec.since !== undefined && !looksBack && (spec.expect ?? []).length === conditions.length)
    refuse(
      "since",
      "No condition looks at what was added since the mark.",
      'Add one, such as "requests_total rose by 3", or leave `since` out.',
    );
  const { since } = spec;
  if (
    since !== undefined &&
    !preparation.before.some(({ id, kind }) => id === since && kind === "metrics")
  )
    refuse(
      "since",
      `There is no metrics step "${since}" before this one.`,
      "Give an earlier metrics step this id, and `mark: true`.",
    );
  if (spec.new_series !== undefined && since === undefined)
    refuse("new_series", "Without `since` no series is new.", "Leave it out.");
}

function refuseOfQuery(spec: MetricsSpec, refuse: Refuse): void {
  for (const key of ["since", "new_series"] as const)
    if (spec[key] !== undefined)
      refuse(
        key,
        `"${key}" is for a page. PromQL looks back itself: increase(NAME[5m]).`,
        "Leave it out.",
      );
  if (spec.mark) refuse("mark", "Only a page can be marked.", "Leave it out, or use `get`.");
  if (spec.prometheus !== undefined && !/^(https?:\/\/|\$\{)/.test(spec.prometheus))
    refuse("prometheus", `"${spec.prometheus}" is not a URL.`, "Write http://HOST:9090.");
  if (spec.query === undefined)
    refuse("prometheus", "Nothing says what to ask Prometheus.", "Add `query: up`.");
  if (spec.expect === undefined)
    refuse("query", "Without `expect` any answer would pass.", 'Add `expect: "every == 1"`.');
  const { range, least_points: least } = spec;
  if (range === undefined) {
    if (least !== undefined)
      refuse("least_points", "Points are counted in a `range`.", "Add `range: { last: 5m }`.");
    return;
  }
  const fit = pointsIn(range);
  if (fit > 11_000)
    refuse(
      "range",
      `${fit} points are more than the 11000 that Prometheus gives.`,
      "Make `step` longer.",
    );
  if (fit < 2)
    refuse("range", "There is one single point in it.", "Make `step` shorter than `last`.");
  if (least !== undefined && least > fit)
    refuse("least_points", `At most ${fit} points fit into the range.`, `Ask for ${fit} or fewer.`);
}
