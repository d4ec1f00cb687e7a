import { createMask } from "../../lib/mask.ts";
import type { Result } from "../../model/event.ts";
import type { Evidence } from "../../model/evidence.ts";
import type { Failure } from "../../model/failure.ts";
import type { Json } from "../../model/json.ts";
import type { Work } from "../../ports/step-kind.ts";
import type { Value, Verdict } from "../../scenario/index.ts";
import type { ScenarioSpec } from "./spec.ts";

/** Lines that are kept of a long execution; the verdict has the rest. */
const MOST_LINES = 50_000;
const REPORTS = ["junit", "html", "json"] as const;

/** The lines that people were told, as far as they are kept. */
export function openLog(): { add(line: string): number; lines(): readonly string[] } {
  const lines: string[] = [];
  let left = 0;
  return {
    // How many there were, this one included.
    add: (line) => (lines.length < MOST_LINES ? lines.push(line) : MOST_LINES + ++left),
    lines: () => (left === 0 ? lines : [...lines, `… and ${left} more lines`]),
  };
}

/** Keeps the log and the reports that the plan wants kept. */
export async function keepReports(
  work: Work<ScenarioSpec>,
  verdict: Verdict,
  said: readonly string[],
): Promise<readonly Evidence[]> {
  const evidence: Evidence[] = [];
  const { log, ...save } = work.step.save;
  if (log !== undefined) evidence.push(await work.artifacts.save(log, logOf(said, verdict)));
  const wanted = REPORTS.filter((form) => save[form] !== undefined);
  if (wanted.length === 0) return evidence;
  const forms = await import("../../scenario/report/index.ts");
  const mask = createMask(secretsOf(verdict));
  for (const form of wanted) {
    const text = mask.text(forms[form](verdict));
    evidence.push(await work.artifacts.save(save[form] ?? form, text));
  }
  return evidence;
}

function secretsOf({ captured }: Verdict): readonly string[] {
  return captured.filter(({ secret }) => secret).map(({ value }) => asText(value));
}

function asText(value: Value): string {
  const json = plain(value);
  return typeof json === "string" ? json : JSON.stringify(json);
}

function logOf(said: readonly string[], { outcome, summary, failure }: Verdict): string {
  const why = failure
    ? [
        failure.what,
        ...(failure.detail ? [failure.detail] : []),
        ...(failure.hint ? [failure.hint] : []),
      ]
    : [];
  return [...said, ...why, `${outcome}: ${summary}`, ""].join("\n");
}

/** What the engine is told of a verdict. */
export function resultOf(
  { spec, step }: Work<ScenarioSpec>,
  verdict: Verdict,
  evidence: readonly Evidence[],
): Result {
  const { outcome, failure, summary, warnings, counts, runs, durationMs } = verdict;
  const base = {
    summary,
    warnings,
    evidence,
    numbers: {
      steps: counts.steps,
      passed: counts.passed,
      tolerated: counts.tolerated,
      samples: counts.checks,
      requests: counts.requests,
      bytes: counts.bytes,
      runs: runs.passed,
      durationMs,
    },
  };
  if (outcome !== "passed") return { ...base, outcome, ...(failure ? { failure } : {}) };
  const given = spec.gives.map((name) => [name, valueOf(name, verdict)] as const);
  const missing = given.find(([, value]) => value === undefined);
  if (missing)
    return { ...base, outcome: "error", failure: gaveNothing(missing[0], { spec, step }) };
  const facts = given.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  return { ...base, outcome, facts: Object.fromEntries(facts) };
}

function valueOf(name: string, { captured }: Verdict): Json | undefined {
  const found = captured.find((each) => each.name === name);
  return found === undefined || found.secret ? undefined : plain(found.value);
}

/** As JSON says it; an integer beyond 2^53 as text, since it must stay exact. */
function plain(value: Value): Json {
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}

function gaveNothing(
  name: string,
  { spec, step }: Pick<Work<ScenarioSpec>, "spec" | "step">,
): Failure {
  return {
    code: "scenario-gave-nothing",
    what: `${spec.file} passed without a ${name} that the plan may know.`,
    fix: "Take it out of `gives`, or let a step that always runs capture it, and not as a secret.",
    at: step.at,
  };
}
