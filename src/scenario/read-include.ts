import type { TextPath } from "../lib/yaml-text.ts";
import { nearest } from "../lib/nearest.ts";
import type { Include, Scenario } from "./model.ts";
import type { StepText } from "./schema.ts";
import { companionPath, complain, complainOfKey, readCompanion } from "./source.ts";
import type { Source } from "./source.ts";

/** Reads another scenario that is to be included; undefined when it is wrong, which is said already. */
export type IncludeReader = (text: string, path: string) => Scenario | undefined;

const DEEPEST = 5;

const NOTHING: Scenario = {
  name: "",
  about: "",
  file: "",
  folder: "",
  vars: {},
  parameters: {},
  users: {},
  repeat: 1,
  hints: [],
  setup: [],
  steps: [],
  reset: [],
  always: [],
  needs: [],
};

/** The scenario that a step includes, with a complaint for everything that cannot be meant. */
export function includeOf(
  step: StepText,
  path: TextPath,
  { source, include }: { readonly source: Source; readonly include: IncludeReader },
): Include {
  const scenario = read(step.include ?? "", [...path, "include"], { source, include });
  if (scenario !== undefined) {
    checkWith(step, { scenario, path, source });
    checkRename(step, { scenario, path, source });
  }
  return {
    do: "include",
    scenario: scenario ?? NOTHING,
    with: step.with ?? {},
    ...(step.as === undefined ? {} : { as: step.as }),
    rename: step.rename ?? {},
  };
}

function read(
  wish: string,
  at: TextPath,
  { source, include }: { readonly source: Source; readonly include: IncludeReader },
): Scenario | undefined {
  const text = readCompanion(source, wish, at);
  const path = companionPath(source, wish);
  // Whatever is wrong is wrong with this file: the one that is included says nothing wrong by itself.
  const say = (code: string, what: string, fix: string) => {
    complain(source, at, { code, what, fix });
  };
  if (text === undefined || path === undefined) {
    include("", "");
    return undefined;
  }
  const { chain } = source.around;
  const from = chain.indexOf(path);
  if (from >= 0) {
    const circle = [...chain.slice(from), path].join(" → ");
    say("circle", `The scenarios include each other: ${circle}.`, "Take one of the includes out.");
    return undefined;
  }
  if (chain.length > DEEPEST) {
    const what = `Scenarios include each other ${chain.length} deep: ${[...chain, path].join(" → ")}.`;
    say("too-deep", what, `Include at most ${DEEPEST} deep.`);
    return undefined;
  }
  const scenario = include(text, path);
  const own = scenario && OWN.filter((key) => has(scenario, key));
  if (own !== undefined && own.length > 0)
    say(
      "cannot-include",
      `${wish} has ${own.map((key) => `\`${key}\``).join(", ")}, which only a scenario that runs by itself can have.`,
      "Include a scenario that has `steps` alone.",
    );
  return scenario;
}

const OWN = ["setup", "reset", "always", "data", "repeat"] as const;

function has(scenario: Scenario, key: (typeof OWN)[number]): boolean {
  if (key === "data") return scenario.data !== undefined;
  return key === "repeat" ? scenario.repeat > 1 : scenario[key].length > 0;
}

interface Included {
  readonly scenario: Scenario;
  readonly path: TextPath;
  readonly source: Source;
}

function checkWith(step: StepText, { scenario, path, source }: Included): void {
  const known = Object.keys(scenario.parameters);
  for (const name of Object.keys(step.with ?? {}))
    if (!known.includes(name)) {
      const meant = nearest(name, known);
      complainOfKey(source, [...path, "with", name], {
        code: "unknown-parameter",
        what: `${step.include} has no parameter "${name}".`,
        fix: meant
          ? `Did you mean "${meant}"?`
          : known.length > 0
            ? `One of: ${known.join(", ")}.`
            : "Take it out, or declare it there under `parameters`.",
      });
    }
}

function checkRename(step: StepText, { scenario, path, source }: Included): void {
  const { sure, maybe } = namesOf(scenario.steps);
  const known = [...sure, ...maybe];
  for (const name of Object.keys(step.rename ?? {}))
    if (!known.includes(name)) {
      const meant = nearest(name, known);
      complainOfKey(source, [...path, "rename", name], {
        code: "unknown-name",
        what: `${step.include} captures nothing as "${name}".`,
        fix: meant ? `Did you mean "${meant}"?` : `It captures: ${known.join(", ") || "nothing"}.`,
      });
    }
}

/** The names that steps capture: surely, when they pass at all, or maybe. */
export function namesOf(steps: Scenario["steps"]): {
  readonly sure: readonly string[];
  readonly maybe: readonly string[];
} {
  const sure: string[] = [];
  const maybe: string[] = [];
  for (const { act, captures, when, bestEffort } of steps) {
    const inner = act.do === "include" ? namesOf(act.scenario.steps) : { sure: [], maybe: [] };
    const outward = (name: string) => (act.do === "include" ? (act.rename[name] ?? name) : name);
    const own = [...captures.map(({ name }) => name), ...inner.sure.map(outward)];
    (when === undefined && !bestEffort ? sure : maybe).push(...own);
    maybe.push(...inner.maybe.map(outward));
  }
  return { sure, maybe };
}

/** One name that a scenario captures. */
export interface CapturedName {
  readonly name: string;
  readonly secret: boolean;
  /** It is there whenever the scenario passes. */
  readonly isSure: boolean;
}

/** Everything that a scenario captures in its setup and its steps. */
export function capturesOf(scenario: Scenario): readonly CapturedName[] {
  const steps = [...scenario.setup, ...scenario.steps];
  const sure = new Set(namesOf(steps).sure);
  const secret = new Set(steps.flatMap(secretNames));
  const { maybe } = namesOf(steps);
  return [...sure, ...maybe].map((name) => ({
    name,
    secret: secret.has(name),
    isSure: sure.has(name),
  }));
}

function secretNames({ act, captures }: Scenario["steps"][number]): readonly string[] {
  const own = captures.filter(({ secret }) => secret).map(({ name }) => name);
  if (act.do !== "include") return own;
  const inner = act.scenario.steps.flatMap(secretNames);
  return [...own, ...inner.map((name) => act.rename[name] ?? name)];
}
