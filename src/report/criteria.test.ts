import { expect, test } from "vitest";
import { entriesOf, started } from "../../test/rig/entries.ts";
import { simulatedPlan } from "../../test/rig/simulated-world.ts";
import type { Event, Result } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import { readJunit } from "../steps/tests/junit.ts";
import { runFiles } from "./files.ts";
import { recordOf } from "./record.ts";
import { recordSchema } from "./record-schema.ts";

const steps = simulatedPlan([
  { id: "build", effect: "idempotent" },
  { id: "up", effect: "idempotent", undo: true },
  { id: "boot", effect: "read" },
  { id: "smoke", effect: "read" },
]);
const plan: Plan = {
  ...steps,
  summary: "17_validation_summary.log",
  junit: "gate.xml",
  criteria: [
    { name: "Build", about: "All images", steps: ["build"] },
    { name: "Boot", about: "", steps: ["up", "boot"] },
    { name: "Smoke", about: "", steps: ["smoke"] },
  ],
};

function ended(step: string, result: Result, phase: "do" | "undo" = "do"): Event {
  return { kind: "attempt-ended", step, phase, attempt: 1, durationMs: 1500, result };
}

function done(step: string, result: Result): readonly Event[] {
  return [started(step), ended(step, result)];
}

const failure = {
  code: "boot-loops",
  what: "web restarted 3 times.\u001b[31m",
  fix: "See 04_boot.log.",
  detail: "panic <&> ]]>\u0000\nline two",
  at: { file: "seaworthy.yaml", line: 7, column: 3 },
};
const passed: Result = {
  outcome: "passed",
  summary: "5 images\nbuilt",
  numbers: { images: 5 },
  evidence: [{ name: "02_build.log", sha256: "a".repeat(64), bytes: 3 }],
};
const end = (as: "accepted" | "rolled back" | "failed", exit: number): Event => ({
  kind: "run-ended",
  as,
  exit,
});

function drawn(events: readonly Event[], of: Plan = plan) {
  const run = { id: "1", plan: of, entries: entriesOf(...events) };
  const files = new Map(runFiles(run).map(({ name, text }) => [name, text]));
  const record = recordOf(run);
  expect(recordSchema.parse(record)).toEqual(record);
  return {
    record,
    outcomes: record.criteria.map(({ outcome }) => outcome),
    summary: files.get("17_validation_summary.log") ?? "",
    page: files.get("summary.html") ?? "",
    junit: files.get("gate.xml") ?? "",
  };
}

const green = [
  ...done("build", passed),
  ...done("up", { outcome: "passed" }),
  ...done("boot", { outcome: "passed", summary: "up 60 s" }),
  ...done("smoke", { outcome: "passed", summary: "14 of 14 steps", numbers: { p95Ms: 12 } }),
  end("accepted", 0),
];

test("a green run has a line for each criterion, with its proof", () => {
  const { outcomes, summary, page, junit } = drawn(green);
  expect(outcomes).toEqual(["passed", "passed", "passed"]);
  expect(summary.split("\n").filter((line) => line.startsWith("PASSED"))).toEqual([
    "PASSED        Build     1.5 s  build: 5 images built (images 5, 02_build.log)",
    "PASSED        Boot        3 s  up: passed; boot: up 60 s",
    "PASSED        Smoke     1.5 s  smoke: 14 of 14 steps (p95Ms 12)",
  ]);
  expect(summary).toContain("3 of 3 criteria passed. The run: success, exit 0.");
  expect(page).toContain("smoke: 14 of 14 steps (p95Ms 12)");
  expect(readJunit(junit).cases.map(({ name, status }) => `${name} ${status}`)).toEqual([
    expect.stringContaining("Build passed"),
    expect.stringContaining("Boot passed"),
    expect.stringContaining("Smoke passed"),
  ]);
  expect(junit).toMatch(/<testsuites [^>]*tests="3" failures="0" errors="0" skipped="0"/);
  expect(junit).toContain('time="3.000"');
});

test("numbers read well, and what the line says already is not said again", () => {
  const numbers = {
    durationMs: 471.03106700000353,
    samples: 14,
    p95Ms: 117.2381,
    rate: 0.123456,
    steps: 14,
    bytes: 1_234_567,
  };
  const smoke: Result = { outcome: "passed", summary: "14 of 14 steps", numbers };
  const untold: Result = { outcome: "passed", summary: "fit", numbers: { samples: 7 } };
  const { record } = drawn([...done("build", untold), ...done("smoke", smoke)]);
  expect(record.criteria.map(({ proof }) => proof.at(-1))).toEqual([
    "build: fit (samples 7)",
    "boot: not reached",
    "smoke: 14 of 14 steps (p95Ms 117, rate 0.123, steps 14, bytes 1234567)",
  ]);
  expect(record.steps.at(-1)?.attempts[0]?.numbers).toEqual(numbers);
});

const broken: readonly Event[] = [
  ...done("build", passed),
  ...done("up", { outcome: "passed" }),
  ...done("boot", { outcome: "failed", failure }),
  { kind: "rollback-begun", because: failure, step: "boot" },
  started("up", "undo"),
  ended("up", { outcome: "passed" }, "undo"),
  end("rolled back", 4),
];

test("a run that was rolled back says what failed, why, and what nobody got to", () => {
  const { outcomes, summary, junit, page } = drawn(broken);
  expect(outcomes).toEqual(["passed", "failed", "not reached"]);
  expect(summary).toMatch(/^FAILED +Boot .* up: passed, since taken back; boot: failed, web rest/m);
  expect(summary).toMatch(/^NOT REACHED +Smoke +smoke: not reached$/m);
  expect(summary).toContain("boot: web restarted 3 times. (seaworthy.yaml:7:3)\n  fix: See 04");
  expect(summary).not.toContain("\u001b");
  expect(page).toContain("not reached");
  const cases = readJunit(junit).cases;
  expect(cases.map(({ status }) => status)).toEqual(["passed", "failed", "skipped"]);
  expect(junit).toContain('<failure message="web restarted 3 times." type="boot-loops">');
  expect(junit).toContain("fix: See 04_boot.log.");
  expect(junit).toContain("panic &lt;&amp;&gt; ]]&gt;");
});

test.each([
  ["has not begun", [], "not reached"],
  ["has no end yet", [started("smoke")], "unfinished"],
  ["was skipped", [{ kind: "step-skipped", step: "smoke", because: "x" } as const], "skipped"],
  ["was inconclusive", done("smoke", { outcome: "inconclusive", failure }), "inconclusive"],
  ["could not be made", done("smoke", { outcome: "error", failure }), "error"],
])("a criterion whose step %s has not passed", (_, events, outcome) => {
  const all = { ...plan, criteria: [{ name: "All", about: "", steps: ["build", "smoke"] }] };
  const { outcomes, junit } = drawn([...done("build", passed), ...events], all);
  expect(outcomes).toEqual([outcome]);
  const statuses = readJunit(junit).cases.map(({ status }) => status);
  expect(statuses).not.toContain("passed");
});

test("a run that ended badly for another reason is not green in any report", () => {
  const cancelled = { code: "cancelled", what: "ana cancelled.", fix: "Start again." };
  const events = [...green.slice(0, -1), { ...end("failed", 4), because: cancelled } as Event];
  const { junit } = drawn(events);
  expect(junit).toContain('<testcase name="the whole run"');
  expect(readJunit(junit).cases.at(-1)).toMatchObject({ status: "failed" });
});

test("without criteria each step is one, and one that only warns is no failure", () => {
  const { criteria: _, ...bare } = plan;
  const warns = bare.steps.map((step) =>
    step.id === "boot" ? { ...step, onFailure: "warn" as const } : step,
  );
  const events = green.map((event) =>
    event.kind === "attempt-ended" && event.step === "boot"
      ? ended("boot", { outcome: "failed", failure })
      : event,
  );
  const { summary, junit } = drawn(events, { ...bare, steps: warns });
  expect(summary).toContain("3 of 4 steps passed");
  expect(readJunit(junit).cases.map(({ status }) => status)).toEqual(Array(4).fill("passed"));
  expect(junit).toContain("failed; the plan goes on after it");
  const strict = drawn(events, { ...plan, steps: warns });
  expect(strict.outcomes[1]).toBe("failed");
  expect(readJunit(strict.junit).cases[1]).toMatchObject({ status: "failed" });
});

test("hostile words stay words in every report", () => {
  const evil = '"><script>alert(1)</script>&\u0007\u001b]0;t\u0007]]>\ud800';
  const events = [
    ...done("smoke", {
      outcome: "failed",
      summary: evil,
      failure: { code: "c", what: evil, fix: evil, detail: evil },
    }),
    end("failed", 4),
  ];
  const named = { ...plan, criteria: [{ name: evil, about: evil, steps: ["smoke"] }] };
  const { junit, page } = drawn(events, named);
  expect(readJunit(junit).cases[0]).toMatchObject({ status: "failed" });
  expect(page + junit).not.toContain("<script>");
  expect(junit.includes("\u001b") || junit.includes("\u0007")).toBe(false);
});
