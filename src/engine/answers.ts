import type { Json } from "../model/json.ts";
import type { Plan, Step } from "../model/plan.ts";
import type { Release } from "../model/release.ts";
import type { RunState } from "../model/run-state.ts";

/** Who may be asked for a look-up while a plan runs. */
export interface Asked {
  readonly plan: Plan;
  readonly state: RunState;
  readonly run: string;
  readonly folder: string;
  readonly release: Release | undefined;
  readonly secrets: Readonly<Record<string, string>>;
}

/** Answers `${name}` for one attempt; undefined when there is nothing under that name. */
export function answer(asked: Asked, name: string): string | undefined {
  const { state, release, secrets } = asked;
  if (Object.hasOwn(secrets, name)) return secrets[name];
  const [head = "", ...rest] = name.split(".");
  const tail = rest.join(".");
  switch (head) {
    case "run":
      return { id: asked.run, folder: asked.folder }[tail];
    case "release":
      return releaseWord(release, tail);
    case "previous":
      return releaseWord(state.previous ?? undefined, tail);
    case "steps": {
      const [id = "", ...fact] = rest;
      return show(state.steps.get(id)?.facts[fact.join(".")]);
    }
    default:
      return show(asked.plan.inputs[name]);
  }
}

/** Whether the step's `when` lets it run; a name without an answer counts as empty. */
export function isWanted(step: Step, lookUp: (text: string) => string): boolean {
  if (!step.when) return true;
  const left = lookUp(step.when.left);
  switch (step.when.is) {
    case "set":
      return left !== "" && left !== "false";
    case "equal":
      return left === lookUp(step.when.right);
    case "different":
      return left !== lookUp(step.when.right);
  }
}

function releaseWord(release: Release | undefined, word: string): string | undefined {
  if (word === "id" || word === "name" || word === "commit" || word === "ref")
    return release?.[word];
  return undefined;
}

function show(value: Json | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
