import type { Diagnostic, Parsed } from "../../src/model/diagnostic.ts";
import type { Plan } from "../../src/model/plan.ts";
import { checkProject } from "../../src/plan/check-project.ts";
import { makePlan, type PlanRequest } from "../../src/plan/make-plan.ts";
import type { Project } from "../../src/plan/project.ts";
import { readProject } from "../../src/plan/read-project.ts";
import { fakeDrivers, fakeKinds } from "./fake-kinds.ts";

/** Reads a project file with the fake kinds and drivers; companions by name. */
export function read(
  text: string,
  companions: Readonly<Record<string, string>> = {},
): Parsed<Project> {
  const files = {
    read: (path: string) => (Object.hasOwn(companions, path) ? companions[path] : undefined),
  };
  return readProject(
    { text, path: "seaworthy.yaml", files },
    { kinds: fakeKinds, drivers: fakeDrivers },
  );
}

/** Everything that `validate` says about a project file. */
export function validate(
  text: string,
  companions?: Readonly<Record<string, string>>,
): readonly Diagnostic[] {
  const project = read(text, companions);
  return project.ok
    ? [...project.diagnostics, ...checkProject(project.value)]
    : project.diagnostics;
}

/** Makes a plan from the text of its steps. */
export function planOf(text: string, request: Partial<PlanRequest> = {}): Parsed<Plan> {
  const project = read(text);
  return project.ok ? makePlan(project.value, { plan: "deploy", inputs: {}, ...request }) : project;
}

/** A project file around some steps. */
export function withSteps(steps: string, more = ""): string {
  const indented = steps.trim().replaceAll("\n", "\n      ");
  return `version: 1
project: shop
inputs:
  TAG: { default: v1 }
  TRIES: { default: 3 }
  FLAG: { default: true }
  NEEDED: {}
secrets:
  TOKEN: { generate: hex }
targets:
  stack: { driver: compose }
environments:
  staging: { url: "http://staging" }
${more}plans:
  deploy:
    steps:
      ${indented}
`;
}
