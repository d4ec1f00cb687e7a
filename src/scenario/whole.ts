import type { Failure } from "../model/failure.ts";
import type { Execution, RunsEnd } from "./run.ts";
import type { Scenario } from "./model.ts";
import type { Shared } from "./session.ts";
import { asText } from "./value.ts";
import type { CapturedValue, Verdict } from "./verdict.ts";

interface Whole extends RunsEnd {
  readonly durationMs: number;
}

/** What all the steps together say about the scenario. */
export function verdictOf(execution: Execution, end: Whole): Verdict {
  const { scenario, shared, book } = execution;
  const warnings = book.warnings();
  const verdict = {
    name: scenario.name,
    about: scenario.about,
    file: scenario.file,
    steps: book.steps,
    warnings,
    summary: `${summaryOf(scenario, end)}${warned(warnings.length)}`,
    counts: { ...book.counts(), ...shared.tally },
    runs: { wanted: end.wanted, passed: end.passed },
    durationMs: end.durationMs,
    captured: (end.session?.captured() ?? []).map((each) => markedBy(shared, each)),
    cookies: end.session?.jars.records() ?? {},
  };
  if (end.failed) return { ...verdict, outcome: end.failed.outcome, failure: end.failed.failure };
  if (book.provesSomething()) return { ...verdict, outcome: "passed" };
  return { ...verdict, outcome: "inconclusive", failure: nothingProven(scenario) };
}

/** What holds a secret is one. */
function markedBy({ hide }: Shared, captured: CapturedValue): CapturedValue {
  const text = asText(captured.value);
  return hide(text) === text ? captured : { ...captured, secret: true };
}

function warned(count: number): string {
  return count === 0 ? "" : `, ${count} warning${count === 1 ? "" : "s"}`;
}

function summaryOf(scenario: Scenario, { wanted, passed, done, failed }: Whole): string {
  if (failed?.in === "setup") return "setup failed";
  const word = scenario.data !== undefined && scenario.repeat === 1 ? "rows" : "runs";
  if (wanted > 1) return `${passed}/${wanted} ${word} passed`;
  return `${done} of ${scenario.steps.length} steps`;
}

function nothingProven({ name }: Scenario): Failure {
  return {
    code: "scenario-proved-nothing",
    what: `Scenario "${name}" ended without one step that passed.`,
    fix: "Take best_effort off the steps that must work.",
  };
}
