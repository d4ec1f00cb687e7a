import { oneLine } from "../lib/one-line.ts";
import type { Criterion, Plan } from "../model/plan.ts";
import type { Record as RunRecord } from "./record-schema.ts";

type CriterionRecord = RunRecord["criteria"][number];
type StepRecord = RunRecord["steps"][number];
type Verdict = CriterionRecord["outcome"];

/** From the best to the worst: a criterion is worth as much as the worst of its steps. */
const WORSE: readonly Verdict[] = [
  "passed",
  "overridden",
  "skipped",
  "not reached",
  "unfinished",
  "inconclusive",
  "unknown",
  "error",
  "failed",
];

/** What the plan's criteria came to. One whose steps did not all run has not passed, whatever else did. */
export function criteriaRecords(
  plan: Pick<Plan, "criteria">,
  steps: readonly StepRecord[],
): readonly CriterionRecord[] {
  const byId = new Map(steps.map((step) => [step.id, step]));
  return (plan.criteria ?? []).map((criterion) => criterionRecord(criterion, byId));
}

/** The criteria, or where the plan names none, each of its steps as one. */
export function linesToProve({ criteria, steps }: Pick<RunRecord, "criteria" | "steps">) {
  if (criteria.length > 0) return criteria;
  const byId = new Map(steps.map((step) => [step.id, step]));
  return steps.map(({ id, about }) => criterionRecord({ name: id, about, steps: [id] }, byId));
}

function criterionRecord(
  { name, about, steps: ids }: Criterion,
  byId: ReadonlyMap<string, StepRecord>,
): CriterionRecord {
  const steps = ids.flatMap((id) => byId.get(id) ?? []);
  const verdicts: readonly Verdict[] = [
    ...steps.map(verdictOf),
    // A step that the plan has lost cannot show anything.
    ...(steps.length < ids.length || ids.length === 0 ? (["not reached"] as const) : []),
  ];
  const times = steps.flatMap(({ duration_ms: ms }) => ms ?? []);
  return {
    name,
    about,
    outcome: WORSE.findLast((each) => verdicts.includes(each)) ?? "not reached",
    duration_ms: times.length > 0 ? times.reduce((sum, ms) => sum + ms, 0) : null,
    steps: ids,
    proof: steps.map(proofOf),
    evidence: steps.flatMap((step) => evidenceOf(step)),
  };
}

/** The outcome of a step's act; begun and without an end is neither reached nor not. */
function verdictOf({ outcome, attempts }: StepRecord): Verdict {
  const isBegun = attempts.some(({ phase }) => phase === "do");
  return outcome === "not reached" && isBegun ? "unfinished" : outcome;
}

/** `smoke: 14 of 14 steps (p95Ms 12; 09_smoke.log)`: what the step itself says, on one line. */
function proofOf(step: StepRecord): string {
  const last = lastAct(step);
  const verdict = verdictOf(step);
  const said = short(last?.summary ?? "") || short(last?.failure?.what ?? "");
  const words =
    verdict === "passed" && said !== "" ? said : [verdict, said].filter(Boolean).join(", ");
  const facts = [...numbersOf(last?.numbers ?? {}, said), ...evidenceOf(step)].map(oneLine);
  const back = step.attempts.some((a) => a.phase === "undo" && a.outcome === "passed");
  return `${step.id}: ${words}${facts.length === 0 ? "" : ` (${facts.join(", ")})`}${back ? ", since taken back" : ""}`;
}

/** How long it took is said beside every criterion, and how often it was looked mostly by the step's own words. */
function numbersOf(numbers: StepRecord["attempts"][number]["numbers"], said: string): string[] {
  const inWords = new Set(said.match(/\d+/g));
  return Object.entries(numbers).flatMap(([key, value]) => {
    const isTold = key === "durationMs" || (key === "samples" && inWords.has(String(value)));
    return isTold ? [] : [`${key} ${showNumber(value)}`];
  });
}

/** Whole numbers count something; of what was measured three digits say enough. */
function showNumber(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return String(Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3)));
}

/** More than this is not one line to a reader. */
const LONGEST_WORDS = 400;

function short(text: string): string {
  const line = oneLine(text.slice(0, 4 * LONGEST_WORDS));
  return line.length > LONGEST_WORDS ? `${line.slice(0, LONGEST_WORDS).toWellFormed()}…` : line;
}

function evidenceOf(step: StepRecord): readonly string[] {
  return (lastAct(step)?.evidence ?? []).map(({ name }) => name);
}

/** The attempt at the step's act that counts: the last one that came to an end. */
export function lastAct({ attempts }: StepRecord): StepRecord["attempts"][number] | undefined {
  const acts = attempts.filter(({ phase }) => phase === "do");
  return (
    acts.findLast(({ outcome }) => outcome !== "unfinished" && outcome !== "lost") ?? acts.at(-1)
  );
}
