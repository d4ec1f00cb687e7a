import { z } from "zod";
import type { Criterion } from "../model/plan.ts";
import { badArtifact, isArtifactName } from "./common.ts";
import type { Draft } from "./drafts.ts";
import { didYouMean, type Remark } from "./issues.ts";
import type { CriterionText, PlanText } from "./project.ts";
import { NAME } from "./words.ts";

const step = z
  .string()
  .regex(NAME, "Write the id of a step of this plan.")
  .describe("Id of a step of this plan; an include's id stands for all of its steps.");
const steps = z.union([step, z.array(step).min(1).max(100)]);

const long = z.strictObject({
  about: z.string().max(2_000).optional().describe("For people: what it means."),
  steps: steps.describe("Steps that must all have passed: one id, or a list of ids."),
});

/** What a plan says must be shown, by name. */
export const criteria = z
  .record(
    z
      .string()
      .regex(
        /^[^\p{C}\p{Z}](?:[^\p{C}]{0,78}[^\p{C}\p{Z}])?$/u,
        "Use at most 80 characters on one line, without a space at either end.",
      ),
    z.union([step, z.array(step).min(1).max(100), long]).describe("One criterion."),
  )
  .describe(
    "What must be shown, in your own words, each with the steps that show it. Every run ends with a line for each: its outcome and its proof.",
  );

type Written = z.output<typeof criteria>;

/** The criteria of a plan's text, each name of a step with the place where it stands. */
export function criteriaOf(plan: string, written: Written): readonly CriterionText[] {
  return Object.entries(written).map(([name, value]) => {
    const path = ["plans", plan, "criteria", name];
    const isLong = typeof value === "object" && "steps" in value;
    const ids = isLong ? value.steps : value;
    const at = isLong ? [...path, "steps"] : path;
    const list =
      typeof ids === "string"
        ? [{ name: ids, path: at }]
        : ids.map((id, index) => ({ name: id, path: [...at, index] }));
    return { name, about: isLong ? (value.about ?? "") : "", steps: list };
  });
}

/** Whole steps by the names that a criterion may use for them. */
export type StepsByName = ReadonlyMap<string, readonly string[]>;

/** The criteria with the steps that they mean, and what is wrong with them. */
export function resolveCriteria(
  plan: PlanText,
  known: StepsByName,
): { readonly criteria: readonly Criterion[]; readonly remarks: readonly Remark[] } {
  const remarks: Remark[] = [];
  const resolved = plan.criteria.map(({ name, about, steps: named }) => {
    const ids = named.flatMap(({ name: id, path }) => {
      const found = known.get(id);
      if (found === undefined) remarks.push({ pointer: { path }, complaint: unknown(id, known) });
      return found ?? [];
    });
    return { name, about, steps: [...new Set(ids)] };
  });
  return { criteria: resolved, remarks };
}

function unknown(id: string, known: StepsByName) {
  return {
    code: "unknown-step",
    what: `There is no step ${id} in this plan.`,
    fix: didYouMean(id, [...known.keys()]),
  };
}

/** Names of the run's own files that no artifact may have, or that something else has already. */
export function fileRemarks(plan: PlanText, drafts: readonly Draft[]): readonly Remark[] {
  const taken = new Map<string, string>(savedNames(drafts));
  const files = [
    ["log", plan.log],
    ["summary", plan.summary],
    ["junit", plan.junit],
  ] as const;
  return files.flatMap(([key, name]): Remark[] => {
    if (name === undefined) return [];
    const pointer = { path: ["plans", plan.name, key] };
    if (!isArtifactName(name)) return [{ pointer, complaint: badArtifact(name) }];
    const other = key === "log" ? undefined : (taken.get(name) ?? OWN.get(name));
    taken.set(name, `The plan's ${key}`);
    return other === undefined ? [] : [{ pointer, complaint: twice(name, other) }];
  });
}

/** What every run keeps under these names. */
const OWN: ReadonlyMap<string, string> = new Map(
  ["record.json", "summary.html", "manifest.json"].map((name) => [name, "Every run"]),
);

function savedNames(drafts: readonly Draft[]): readonly (readonly [string, string])[] {
  return drafts.flatMap(({ id, split: { common } }) => {
    const { save } = common;
    const names = typeof save === "object" && save !== null ? Object.values(save) : [save];
    return names.flatMap((name) =>
      typeof name === "string" ? [[name, `Step ${id}`] as const] : [],
    );
  });
}

function twice(name: string, other: string) {
  return {
    code: "saved-twice",
    what: `${other} saves under ${name} too.`,
    fix: "Give each its own name.",
  };
}
