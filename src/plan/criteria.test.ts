import { expect, test } from "vitest";
import { planOf, validate, withSteps } from "../../test/rig/fake-project.ts";

/** A plan with three steps, one of them an include of two, and these lines beside its steps. */
function gate(lines: string): string {
  return withSteps(
    `- { id: build, command: [x], save: build.log }
- { include: smoke, id: smoke }
- { id: boot, command: [x] }`,
    "",
  )
    .replace("  deploy:\n", `  deploy:\n${lines.replaceAll(/^/gm, "    ")}\n`)
    .concat(
      "  smoke:\n    steps:\n      - { id: ping, command: [x] }\n      - { id: pong, command: [x] }\n",
    );
}

function criteriaOf(lines: string) {
  const plan = planOf(gate(lines), { inputs: { NEEDED: "x" } });
  if (!plan.ok) throw new Error(plan.diagnostics.map(({ what }) => what).join(" "));
  return plan.value;
}

test("takes a step, a list of steps, or both with words for people", () => {
  const { criteria, summary, junit } = criteriaOf(`summary: 17_validation_summary.log
junit: gate.xml
criteria:
  Build: build
  "Boots, twice": [build, boot, build]
  Smoke: { steps: smoke, about: It answers }
  Pong: { steps: [smoke-pong] }`);
  expect({ summary, junit }).toEqual({ summary: "17_validation_summary.log", junit: "gate.xml" });
  expect(criteria).toEqual([
    { name: "Build", about: "", steps: ["build"] },
    { name: "Boots, twice", about: "", steps: ["build", "boot"] },
    { name: "Smoke", about: "It answers", steps: ["smoke-ping", "smoke-pong"] },
    { name: "Pong", about: "", steps: ["smoke-pong"] },
  ]);
});

test("a plan without any says nothing about them", () => {
  const plan = planOf(withSteps("- command: [x]"), { inputs: { NEEDED: "x" } });
  expect(plan.ok && Object.keys(plan.value)).not.toContain("criteria");
});

test.each([
  ["a step that is not there", "criteria: { Build: biuld }", "unknown-step", /"build"/],
  ["one in a list", "criteria: { Build: [build, bott] }", "unknown-step", /"boot"/],
  ["one in the long form", "criteria: { B: { steps: [nothing] } }", "unknown-step", /Known/],
  ["no steps", "criteria: { Build: [] }", "too-small", /./],
  ["no steps in the long form", "criteria: { B: { about: x } }", "missing-key", /steps/],
  ["a word that is no id", "criteria: { Build: Build it }", "wrong-value", /id of a step/],
  ["a key that nobody knows", "criteria: { B: { steps: [boot], x: 1 } }", "unknown-key", /./],
  ["a name over two lines", 'criteria: { "a\\nb": build }', "bad-name", /80 characters/],
  ["a summary outside of the run's folder", "summary: ../x.log", "bad-artifact-name", /\.\./],
  ["a report outside of the run's folder", "junit: /x.xml", "bad-artifact-name", /\.\./],
  ["a summary under a step's name", "summary: build.log", "saved-twice", /own name/],
  ["a report under the summary's name", "summary: a\njunit: a", "saved-twice", /own name/],
  ["a summary under the log's name", "summary: deploy.log", "saved-twice", /own name/],
  ["a report under the record's name", "junit: record.json", "saved-twice", /own name/],
])("points at %s", (_, lines, code, fix) => {
  const [fault, ...rest] = validate(gate(lines)).filter((each) => each.severity === "error");
  expect(rest).toEqual([]);
  expect(fault?.code).toBe(code);
  expect(fault?.fix).toMatch(fix);
  const at = gate(lines).split("\n")[(fault?.line ?? 0) - 1];
  expect(lines.split("\n").some((line) => at?.includes(line))).toBe(true);
});
