import { expect, test } from "vitest";
import { entriesOf, started } from "../../../test/rig/entries.ts";
import { simulatedPlan } from "../../../test/rig/simulated-world.ts";
import type { Event, Phase, Result } from "../../model/event.ts";
import type { Plan } from "../../model/plan.ts";
import { recordOf } from "../record.ts";
import { annotationsOf, annotationsOfFaults } from "./annotations.ts";
import { deploymentStatus, noOutputs } from "./outputs.ts";
import { sections } from "./sections.ts";

const made = simulatedPlan([
  { id: "up", effect: "idempotent", undo: true },
  { id: "smoke", effect: "read" },
  { id: "load", effect: "read" },
]);
const plan: Plan = {
  ...made,
  steps: made.steps.map((step, index) => ({
    ...step,
    onFailure: step.id === "load" ? "warn" : step.onFailure,
    at: { file: "seaworthy.yaml", line: 10 + index, column: 9 },
  })),
};

function done(step: string, result: Result, phase: Phase = "do"): readonly Event[] {
  const attempt = { step, phase, attempt: 1 };
  return [
    { kind: "attempt-started", ...attempt, effect: "read", key: "k" },
    { kind: "attempt-ended", ...attempt, durationMs: 1, result },
  ];
}

const failed = (what: string): Result => ({
  outcome: "failed",
  failure: { code: "c", what, fix: `Mend ${what}`, detail: "own words\n", hint: "a hint" },
});

function annotate(...events: readonly Event[]) {
  return annotationsOf(recordOf({ id: "1", plan, entries: entriesOf(...events) }), plan);
}

const shown = (list: ReturnType<typeof annotate>) =>
  list.map(({ level, title }) => `${level}: ${title}`);

test("the worst comes first: a way back that failed, then what failed, then warnings, then the end", () => {
  const because = { code: "x", what: "The rollback failed.", fix: "Look." };
  const list = annotate(
    ...done("load", { ...failed("too slow"), warnings: ["few samples", "few samples"] }),
    ...done("smoke", failed("404 at step 8")),
    ...done("up", failed("port taken"), "undo"),
    { kind: "run-ended", as: "rollback failed", exit: 5, because },
  );
  expect(shown(list)).toEqual([
    "error: The rollback failed.",
    "error: up undo failed: port taken",
    "error: smoke failed: 404 at step 8",
    "warning: load failed: too slow",
    "warning: load: few samples",
    expect.stringMatching(/^notice: Run 1 rollback failed: .* on /),
  ]);
  expect(list[2]).toMatchObject({
    message: "404 at step 8\nown words\nhint: a hint\nfix: Mend 404 at step 8",
    at: { file: "seaworthy.yaml", line: 11, column: 9 },
  });
});

test("points at the failure's own place where it has one", () => {
  const at = { file: "smoke.scenario.yaml", line: 3, column: 5 };
  const result = failed("no");
  const list = annotate(...done("smoke", { ...result, failure: { ...result.failure!, at } }));
  expect(list[0]?.at).toEqual(at);
});

test("a run that went well has one notice, and a try that was repeated no word", () => {
  const again: Event = { ...done("smoke", { outcome: "passed" })[1]!, attempt: 2 } as Event;
  const list = annotate(
    ...done("smoke", failed("flaky")),
    { ...started("smoke"), attempt: 2 } as Event,
    again,
    { kind: "run-ended", as: "accepted", exit: 0 },
  );
  expect(shown(list)).toEqual([expect.stringMatching(/^notice: Run 1 success/)]);
  expect(list[0]?.message).toContain("(exit 0)");
});

test("the reason of the run is said once, by the step or by itself", () => {
  const { failure } = failed("404");
  const list = annotate(...done("smoke", { outcome: "failed", failure: failure! }), {
    kind: "run-ended",
    as: "failed",
    exit: 4,
    because: failure!,
  });
  expect(list.filter(({ level }) => level === "error")).toHaveLength(1);
});

test("faults of the project file point at their lines, warnings behind errors", () => {
  const fault = { file: "seaworthy.yaml", line: 4, column: 3, code: "c", length: 1 };
  const list = annotationsOfFaults([
    { ...fault, what: "Unused.", fix: "Drop.", severity: "warning" },
    { ...fault, what: "Unknown\u001b[31m.", fix: "Rename.", severity: "error" },
  ]);
  expect(list.map(({ level, title, message }) => [level, title, message])).toEqual([
    ["error", "Unknown.", "Unknown.\u001b[0m\nfix: Rename.".replace("\u001b[0m", "")],
    ["warning", "Unused.", "Unused.\nfix: Drop."],
  ]);
});

test.each([
  ["success", "success"],
  ["rolled_back", "failure"],
  ["rollback_failed", "error"],
  ["held", "pending"],
  ["interrupted", "in_progress"],
  ["none", "error"],
] as const)("a run that is %s is a deployment in state %s", (outcome, state) => {
  const outputs = {
    ...noOutputs(0),
    outcome,
    run: "7",
    release: "v2".repeat(200),
    url: "http://x",
  };
  const status = JSON.parse(deploymentStatus(outputs, { environment: "staging", log: "" })) as {
    description: string;
  };
  expect(status).toMatchObject({ state, environment: "staging", environment_url: "http://x" });
  expect(status.description.length).toBeLessThanOrEqual(140);
  expect(status).not.toHaveProperty("log_url");
});

test("parts of the log follow each other, and never lie within each other", () => {
  const parts = sections();
  const events = [
    ...done("up", { outcome: "passed" }).slice(0, 1),
    ...done("smoke", { outcome: "passed" }),
    ...done("up", { outcome: "passed" }).slice(1),
    ...done("load", { outcome: "passed" }),
  ];
  const marks = entriesOf(...events).flatMap((entry) => {
    const { opens, closes } = parts.take(entry);
    return [...(opens ? [`+${opens.title}`] : []), ...(closes ? [`-${closes.title}`] : [])];
  });
  expect(marks).toEqual(["+up", "-up", "+load", "-load"]);
  expect(parts.open).toBeUndefined();
});
