import { parts } from "../model/lookup.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Json } from "../model/json.ts";
import { compileTarget } from "./compile-target.ts";
import { distinct } from "./distinct.ts";
import { compilePlan } from "./make-plan.ts";
import { answerNames } from "./names.ts";
import type { Project } from "./project.ts";
import { blame } from "./source.ts";

/** Steps looked at in one check; beyond this, what is left is said to be unchecked. */
const MOST_STEPS = 5_000;
/** With so many faults found, nobody reads on. */
const MOST_FAULTS = 1_000;

/** Checks every plan for every environment, and what no plan uses: everything that is wrong, and warnings. */
export function checkProject(project: Project): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const texts = new Set<string>();
  let work = 0;
  for (const plan of project.plans.values())
    for (const environment of project.environments.values()) {
      if (work > MOST_STEPS || found.length > MOST_FAULTS) {
        found.push(notChecked(project, plan.name));
        break;
      }
      const made = compilePlan(project, { plan, environment, inputs: {}, isCheck: true });
      found.push(...made.parsed.diagnostics);
      for (const text of made.texts) texts.add(text);
      work += made.work + 1;
    }
  found.push(...idleTargets(project));
  return distinct([...found, ...unused(project, texts)]);
}

function notChecked({ source }: Project, plan: string): Diagnostic {
  return blame(
    source,
    { path: ["plans", plan], key: true },
    {
      code: "not-checked",
      what: `Plan ${plan} was not checked for every environment: the file has too many combinations.`,
      fix: "Make the plan for the environment that matters: `seaworthy plan`.",
      severity: "warning",
    },
  );
}

/** Faults in targets that no environment has. */
function idleTargets(project: Project): readonly Diagnostic[] {
  const used = new Set([...project.environments.values()].flatMap(({ targets }) => targets));
  const idle = [...project.targets.keys()].filter((name) => !used.has(name));
  const [environment] = project.environments.values();
  const [plan] = project.plans.values();
  if (!environment || !plan || idle.length === 0) return [];
  const answered = answerNames(project, { plan, environment, inputs: {}, isCheck: true });
  return idle.flatMap((name) => compileTarget(name, project, answered).diagnostics);
}

/** Inputs and secrets that nothing asks for. */
function unused(project: Project, texts: ReadonlySet<string>): readonly Diagnostic[] {
  const named = new Set<string>();
  collect(project.source.json, named);
  const isUsed = (name: string) =>
    named.has(name) || [...texts].some((text) => text.includes(`\${${name}}`));
  const warn = (name: string, where: "inputs" | "secrets") =>
    blame(
      project.source,
      { path: [where, name], key: true },
      {
        code: where === "inputs" ? "unused-input" : "unused-secret",
        what: `Nothing uses ${name}.`,
        fix:
          where === "inputs"
            ? `Take it out, or use it: \${${name}}.`
            : `Take it out, or declare it where it is needed: \`secrets: [${name}]\`.`,
        severity: "warning",
      },
    );
  return [
    ...[...project.inputs.keys()]
      .filter((name) => !isUsed(name))
      .map((name) => warn(name, "inputs")),
    ...[...project.secrets.keys()]
      .filter((name) => !isUsed(name))
      .map((name) => warn(name, "secrets")),
  ];
}

/** Every name that is looked up, or listed under `secrets`. */
function collect(json: Json, named: Set<string>): void {
  if (typeof json === "string") {
    for (const part of json.includes("${") ? parts(json) : [])
      if (part.kind === "look-up") named.add(part.name);
    return;
  }
  if (json === null || typeof json !== "object") return;
  for (const [key, each] of Object.entries(json)) {
    collect(each, named);
    if (key === "secrets" && Array.isArray(each)) for (const name of each) named.add(String(name));
  }
}
