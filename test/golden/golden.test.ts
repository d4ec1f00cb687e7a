import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { showDiagnostics } from "../../src/model/show-diagnostics.ts";
import type { Plan } from "../../src/model/plan.ts";
import { makePlan } from "../../src/plan/make-plan.ts";
import { read, validate } from "../rig/fake-project.ts";

const folder = new URL("./", import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith(".seaworthy.yaml"));
const companions = { "smoke.scenario.yaml": "scenario: Smoke\nsteps: [ { get: / } ]\n" };

test("there are project files to look at", () => {
  expect(names.length).toBeGreaterThanOrEqual(5);
});

/** What a person sees of each project file: what is wrong with it, or its plans in short. Reviewed like prose. */
test.each(names)("%s reads as it should", async (name) => {
  const text = readFileSync(new URL(name, folder), "utf8");
  const diagnostics = validate(text, companions);
  const shown = showDiagnostics(
    diagnostics.map((each) => ({ ...each, file: name })),
    () => text,
  );
  const isFine = diagnostics.every(({ severity }) => severity === "warning");
  await expect(isFine ? `${shown}${plansOf(text)}` : shown).toMatchFileSnapshot(
    name.replace(/\.seaworthy\.yaml$/, ".txt"),
  );
});

function plansOf(text: string): string {
  const project = read(text, companions);
  if (!project.ok) return "";
  const { plans, environments, inputs } = project.value;
  const given = Object.fromEntries(
    [...inputs.values()]
      .filter((each) => each.default === undefined)
      .map(({ name }) => [name, "given"]),
  );
  const made = [...plans.keys()].flatMap((plan) =>
    [...environments.keys()].map((environment) =>
      makePlan(project.value, { plan, environment, inputs: given }),
    ),
  );
  return made
    .map((each) => (each.ok ? planInShort(each.value) : "does not become a plan\n"))
    .join("\n");
}

function planInShort({ name, environment, steps }: Plan): string {
  const lines = steps.map(({ id, needs, about, when }) => {
    const condition = when
      ? `  (when ${when.left} is ${when.is}${when.is === "set" ? "" : ` ${when.is === "equal" ? "to" : "from"} ${when.right}`})`
      : "";
    return `  ${id.padEnd(12)} after ${(needs.join(", ") || "nothing").padEnd(16)} ${about}${condition}`;
  });
  return `${name} on ${environment.name} (${environment.url ?? "no URL"})\n${lines.join("\n")}\n`;
}
