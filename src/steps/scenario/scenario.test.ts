import { expect, test } from "vitest";
import { gradingApp, scripted, SMOKE } from "../../../test/rig/grading-app.ts";
import { preparation, stepWork } from "../../../test/rig/step-work.ts";
import { virtualClock } from "../../../test/rig/virtual-clock.ts";
import type { JsonObject } from "../../model/json.ts";
import { resolve } from "../../model/lookup.ts";
import type { Work } from "../../ports/step-kind.ts";
import { scenario } from "./index.ts";

const NAMES = ["SMOKE_USER", "SMOKE_PASS"];

/** The step as a plan has it: prepared, and its look-ups answered by the plan. */
function planned(text: string, spec: object = {}, names: readonly string[] | undefined = NAMES) {
  const parsed = scenario.spec.parse({ file: "smoke.scenario.yaml", ...spec }) as JsonObject;
  const prepared = scenario.prepare?.(parsed, preparation({ "smoke.scenario.yaml": text }, names));
  if (!prepared) throw new Error("not prepared");
  const resolved = resolve(prepared.spec, () => "THE PLAN ANSWERED");
  if (!("value" in resolved)) throw new Error("the plan could not answer");
  return { spec: resolved.value as JsonObject, diagnostics: prepared.diagnostics };
}

function play(spec: JsonObject, given: Partial<Work<JsonObject>> = {}) {
  const { work, told } = stepWork(scenario, spec, {
    http: gradingApp(),
    clock: virtualClock(),
    secrets: { SMOKE_PASS: "correct horse" },
    ...given,
  });
  const plan = { ...work.plan, inputs: { SMOKE_USER: "prof1" } };
  return { told, result: scenario.run({ ...work, plan }) };
}

test("runs the scenario that the plan holds, with inputs and declared secrets", async () => {
  const { spec, diagnostics } = planned(SMOKE);
  expect(diagnostics).toEqual([]);
  const { result, told } = play(spec);
  expect(await result).toMatchObject({
    outcome: "passed",
    summary: "9 of 9 steps, 1 warning",
    warnings: ['Step 9 of 9 "Unlock": status 404, expected 204.'],
    numbers: { steps: 9, passed: 8, tolerated: 1 },
  });
  expect(told.progress).toHaveLength(9);
  expect(told.progress[3]).toEqual({
    text: "4/9 Lock the copy: 201 in 12 ms LOCK lock-tok…",
    outcome: "passed",
    numbers: { status: 201, durationMs: 12 },
  });
  expect([...told.saved.keys()].slice(-2)).toEqual(["cookies.txt", "scenario.log"]);
  expect(told.saved.get("scenario.log")).toContain("passed: 9 of 9 steps, 1 warning");
  expect((await result).evidence).toHaveLength(11);
});

test("artifacts that the plan does not keep are not kept", async () => {
  const { work, told } = stepWork(scenario, planned(SMOKE).spec, {
    http: gradingApp(),
    clock: virtualClock(),
    secrets: { SMOKE_PASS: "correct horse" },
  });
  await scenario.run({
    ...work,
    step: { ...work.step, save: { log: "smoke.log" } },
    plan: { ...work.plan, inputs: { SMOKE_USER: "prof1" } },
  });
  expect(told.saved.has("cookies.txt")).toBe(false);
  expect(told.saved.has("smoke.log")).toBe(true);
});

test("a secret that the step does not declare is an error before anything is sent", async () => {
  const http = scripted(() => ({}));
  const { work } = stepWork(scenario, planned(SMOKE).spec, { http, clock: virtualClock() });
  const plan = {
    ...work.plan,
    inputs: { SMOKE_USER: "prof1" },
    secrets: { SMOKE_PASS: {} },
  } as unknown as typeof work.plan;
  expect(await scenario.run({ ...work, plan })).toMatchObject({
    outcome: "error",
    failure: { code: "scenario-cannot-ask", fix: "Add `secrets: [SMOKE_PASS]` to step scenario." },
  });
  expect(http.asked).toEqual([]);
});

test("an undeclared name is a diagnostic of the plan", () => {
  expect(
    planned(SMOKE, {}, ["SMOKE_USERS"]).diagnostics.map(({ line, what, fix }) => [line, what, fix]),
  ).toEqual([
    [7, "Nobody knows ${SMOKE_USER} here.", "Did you mean ${SMOKE_USERS}?"],
    [7, "Nobody knows ${SMOKE_PASS} here.", expect.stringContaining("secrets: [SMOKE_PASS]")],
  ]);
});

test("a file that is missing is a diagnostic of the plan", () => {
  const parsed = scenario.spec.parse({ file: "nope.yaml" }) as JsonObject;
  expect(scenario.prepare?.(parsed, preparation()).diagnostics).toMatchObject([
    { code: "refused:file" },
  ]);
});

test("every fault of the scenario is a diagnostic of the plan", () => {
  const { diagnostics } = planned("scenario: x\nsteps:\n  - { name: a, gett: / }\n");
  expect(diagnostics).toMatchObject([
    { file: "smoke.scenario.yaml", line: 3, code: "unknown-key" },
  ]);
});

test("base and with come from the plan", async () => {
  const http = scripted(() => ({}));
  const text =
    'scenario: s\nsteps:\n  - { name: a, get: /x, headers: { X-A: "${EXTRA} ${env.name} ${run.id} ${release.name}" }, expect: { status: 200 } }\n';
  const { spec, diagnostics } = planned(text, {
    base: "http://other.test/app",
    with: { EXTRA: "${steps.up.color}" },
  });
  expect(diagnostics).toEqual([]);
  await play(spec, { http, release: { id: "v1+1", name: "v1" } }).result;
  expect(http.asked[0]).toMatchObject({ url: "http://other.test/app/x" });
  expect(http.asked[0]?.headers).toContainEqual(["X-A", "THE PLAN ANSWERED staging 41 v1"]);
});

test("proves only when the plan says so, and only what there was before", async () => {
  expect([
    scenario.abilities(planned(SMOKE).spec).prove,
    scenario.abilities(planned(SMOKE, { proves: true }).spec).prove,
  ]).toEqual([false, true]);
  const { work } = stepWork(scenario, planned(SMOKE).spec);
  expect(await scenario.prove?.(work)).toMatchObject({ outcome: "skipped" });
});
