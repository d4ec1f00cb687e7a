import type { Draft } from "./drafts.ts";
import { didYouMean, type Remark } from "./issues.ts";

/** A step that knows its place: what it needs, and everything that must have passed before it. */
export interface Placed {
  readonly draft: Draft;
  readonly needs: readonly string[];
  /** What it needs, what that needs, and so on. */
  readonly ancestors: ReadonlySet<string>;
}

/** Puts steps in an order in which each comes after what it needs; otherwise as they are written. */
export function order(drafts: readonly Draft[]): {
  placed: readonly Placed[];
  remarks: readonly Remark[];
} {
  const remarks: Remark[] = [];
  const needs = new Map(drafts.map((draft) => [draft.id, needsOf(draft, remarks)]));
  const placed: Placed[] = [];
  const ancestors = new Map<string, ReadonlySet<string>>();
  let rest = drafts;
  while (rest.length > 0) {
    const isReady = ({ id }: Draft) => (needs.get(id) ?? []).every((need) => ancestors.has(need));
    const ready = rest.find(isReady);
    if (!ready) break;
    const own = needs.get(ready.id) ?? [];
    ancestors.set(ready.id, new Set(own.flatMap((need) => [need, ...(ancestors.get(need) ?? [])])));
    placed.push({ draft: ready, needs: own, ancestors: ancestors.get(ready.id) ?? new Set() });
    rest = rest.filter((each) => each !== ready);
  }
  const [first] = rest;
  if (first) remarks.push(cycle(first, { rest, needs }));
  // In a circle everything comes before everything: no second complaint about what is not before what.
  const all = new Set(drafts.map(({ id }) => id));
  return {
    placed: [...placed, ...rest.map((draft) => ({ draft, needs: [], ancestors: all }))],
    remarks,
  };
}

function needsOf(draft: Draft, remarks: Remark[]): readonly string[] {
  if (draft.needs === undefined) return draft.before;
  const found = draft.needs.flatMap((name) => {
    const ids = draft.scope.ids.get(name);
    if (!ids) remarks.push(unknownStep(name, draft));
    return ids ?? [];
  });
  return [...new Set(found.length > 0 ? found : draft.scope.entry)];
}

function unknownStep(name: string, { path, scope }: Draft): Remark {
  const complaint = {
    code: "unknown-step",
    what: `There is no step ${name} in this plan.`,
    fix: didYouMean(name, [...scope.ids.keys()]),
  };
  return { pointer: { path: [...path, "needs"], piece: name }, complaint };
}

function cycle(
  first: Draft,
  { rest, needs }: { rest: readonly Draft[]; needs: ReadonlyMap<string, readonly string[]> },
): Remark {
  const stuck = new Set(rest.map(({ id }) => id));
  const walked: string[] = [];
  let at = first.id;
  while (!walked.includes(at)) {
    walked.push(at);
    at = needs.get(at)?.find((need) => stuck.has(need)) ?? at;
  }
  const circle = [...walked.slice(walked.indexOf(at)), at];
  const blamed = rest.find(({ id }) => id === at) ?? first;
  const complaint = {
    code: "needs-cycle",
    what: `Steps need each other in a circle: ${circle.join(" → ")}.`,
    fix: "Take one of them out of `needs`.",
  };
  return { pointer: { path: [...blamed.path, "needs"] }, complaint };
}
