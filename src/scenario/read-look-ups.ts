import { nearest } from "../lib/nearest.ts";
import type { TextPath } from "../lib/yaml-text.ts";
import { lookedUp } from "./answer.ts";
import type { Need, Scenario, ScenarioStep } from "./model.ts";
import { namesOf } from "./read-include.ts";
import { REQUEST_KEYS } from "./read-request.ts";
import { PHASES } from "./schema.ts";
import type { ScenarioText, StepText } from "./schema.ts";
import { complain, complainOfKey, positionOf } from "./source.ts";
import type { Source } from "./source.ts";

/** Names that every run answers by itself. */
const ALWAYS_KNOWN = ["env.url", "env.name", "run.id"] as const;

/** What is looked at when names are judged. */
export interface LookUps {
  readonly source: Source;
  /** The names that are answered from outside; undefined: nobody can say. */
  readonly known: readonly string[] | undefined;
  /** Whether everything that is included could be read; otherwise nobody can say what it captures. */
  readonly isWhole: boolean;
}

interface Scope extends LookUps {
  /** Defined so far: the name, and what defined it. */
  readonly names: Map<string, string>;
  /** Captured by a step that may be left out or may fail, with that step's name. */
  readonly maybe: Map<string, string>;
  /** Captures of later steps, with the step's name. */
  readonly later: ReadonlyMap<string, string>;
  readonly needs: Map<string, Need>;
  /** Users whose own look-ups were judged. */
  readonly users: Set<string>;
  readonly text: ScenarioText;
}

type Phase = (typeof PHASES)[number];

/** Checks every look-up against what is known at its place, and gives the names that are left for others to answer. */
export function checkLookUps(
  text: ScenarioText,
  scenario: Scenario,
  lookUps: LookUps,
): ReadonlyMap<string, Need> {
  const later = new Map(
    PHASES.flatMap((phase) =>
      scenario[phase].flatMap((step) => [...capturedBy(step)].map((name) => [name, step.name])),
    ),
  );
  const scope: Scope = {
    ...lookUps,
    names: new Map(ALWAYS_KNOWN.map((name) => [name, name])),
    maybe: new Map(),
    later,
    needs: new Map(),
    users: new Set(),
    text,
  };
  checkHead(text, scenario, scope);
  checkPhase("setup", scenario, scope);
  const row = scenario.data?.columns ?? [];
  for (const name of row) define(name, { path: ["data"], by: "data" }, scope);
  checkPhase("steps", scenario, scope);
  // Between two runs and at the end there is no row, and any step may be one that was never reached.
  const after = afterwards(row, scope);
  checkPhase("reset", scenario, after);
  checkPhase("always", scenario, after);
  return scope.needs;
}

function capturedBy(step: ScenarioStep): readonly string[] {
  const { sure, maybe } = namesOf([step]);
  return [...sure, ...maybe];
}

/** Where a name that may be missing is no fault: a step that looks it up is left out when it is. */
function afterwards(row: readonly string[], scope: Scope): Scope {
  const here = [...scope.names, ...scope.maybe].filter(([name]) => !row.includes(name));
  return { ...scope, names: new Map(here), maybe: new Map() };
}

/** Everything that is answered before the first step. */
function checkHead(text: ScenarioText, scenario: Scenario, scope: Scope): void {
  for (const [name, { default: value }] of Object.entries(scenario.parameters)) {
    scope.names.set(name, "parameters");
    if (value !== undefined || scope.known?.includes(name)) continue;
    if (scope.known === undefined) need(name, scope, ["parameters", name]);
    else if (scope.source.around.chain.length === 1)
      complainOfKey(scope.source, ["parameters", name], {
        code: "missing-parameter",
        what: `Nobody gives the parameter ${name}.`,
        fix: `Give it a default here, or a value from outside: \`with: { ${name}: … }\`.`,
      });
  }
  for (const [name, value] of Object.entries(text.vars ?? {})) {
    checkValue(value, ["vars", name], scope);
    define(name, { path: ["vars", name], by: "vars" }, scope);
  }
  checkBase(text, scope);
  scope.names.set("base", "base");
  checkValue(text.tls, ["tls"], scope);
  if (typeof text.data !== "string") checkValue(text.data, ["data"], scope);
}

/** The environment's url is needed where no base is written and a path is not a whole URL. */
function checkBase(text: ScenarioText, scope: Scope): void {
  const isAsked = PHASES.some((phase) =>
    text[phase]?.some((step) =>
      REQUEST_KEYS.some((key) => {
        const asked = step[key];
        return (typeof asked === "string" ? asked : asked?.url)?.startsWith("/");
      }),
    ),
  );
  if (text.base !== undefined) checkValue(text.base, ["base"], scope);
  else if (isAsked && scope.known === undefined) need("env.url", scope, ["steps"]);
}

function checkPhase(phase: Phase, scenario: Scenario, scope: Scope): void {
  for (const [at, step] of scenario[phase].entries()) {
    const text = scope.text[phase]?.[at];
    if (text === undefined) continue;
    const path = [phase, at];
    checkGiven(step, { path, scope });
    checkUser(text.as, scope);
    checkStep(text, { path, scope: inStep(text, step, scope) });
    const { sure, maybe } = namesOf([step]);
    const by = step.act.do === "include" ? `include ${step.act.scenario.file}` : step.name;
    for (const name of sure) define(name, { path: placeOf(name, text, path), by }, scope);
    for (const name of maybe) {
      define(name, { path: placeOf(name, text, path), by }, scope);
      if (scope.names.delete(name)) scope.maybe.set(name, step.name);
    }
  }
}

/** An included scenario must be given what it cannot do without, and needs what it needs. */
function checkGiven(
  { act, name: step }: ScenarioStep,
  { path, scope }: { readonly path: TextPath; readonly scope: Scope },
): void {
  if (act.do !== "include") return;
  // Without a base of its own it takes ours.
  const has = scope.text.base === undefined ? [] : ["env.url"];
  const given = new Set([...Object.keys(act.with), ...has]);
  const missing = act.scenario.needs.filter((name) => !given.has(name));
  for (const name of missing) {
    const inner = act.scenario.needsAt?.[name];
    if (inner === undefined) need(name, scope, [...path, "include"]);
    else if (!scope.needs.has(name)) scope.needs.set(name, inner);
  }
  for (const [name, parameter] of Object.entries(act.scenario.parameters)) {
    if (Object.hasOwn(act.with, name)) continue;
    if (parameter.default !== undefined || scope.known === undefined) continue;
    if (!scope.known.includes(name))
      complain(scope.source, [...path, "include"], {
        code: "missing-parameter",
        what: `"${step}" does not give ${act.scenario.file} its parameter ${name}.`,
        fix: `Add \`with: { ${name}: … }\`.`,
      });
  }
}

/** A step that may fail, or asks whether a name is there, may look up what is maybe there. */
function inStep(text: StepText, { bestEffort }: ScenarioStep, scope: Scope): Scope {
  const asked = new Set(lookedUp(text.when).names);
  const allowed = [...scope.maybe].filter(([name]) => bestEffort || asked.has(name));
  return { ...scope, names: new Map([...scope.names, ...allowed]) };
}

/** What a user sends is answered when it is first sent. */
function checkUser(as: string | undefined, scope: Scope): void {
  const user = as === undefined ? undefined : scope.text.users?.[as];
  if (as === undefined || user === undefined || scope.users.has(as)) return;
  scope.users.add(as);
  checkValue(user, ["users", as], scope);
}

/** Keys whose texts are no look-ups, or are judged elsewhere. */
const NOT_ASKED = new Set(["name", "hints", "capture", "include", "rename", "as", "retry"]);

function checkStep(
  text: StepText,
  { path, scope }: { readonly path: TextPath; readonly scope: Scope },
): void {
  for (const [key, value] of Object.entries(text))
    if (!NOT_ASKED.has(key)) checkValue(value, [...path, key], scope);
  for (const [name, query] of Object.entries(text.capture ?? {}))
    checkValue(query, [...path, "capture", name], scope);
}

function placeOf(name: string, text: StepText, path: TextPath): TextPath {
  if (text.include === undefined) return [...path, "capture", name];
  const renamed = Object.entries(text.rename ?? {}).find(([, to]) => to === name)?.[0];
  return renamed === undefined ? [...path, "include"] : [...path, "rename", renamed];
}

function define(
  name: string,
  { path, by }: { readonly path: TextPath; readonly by: string },
  { source, names, maybe, known }: Scope,
): void {
  const before = names.get(name) ?? maybe.get(name);
  const isAgain = by.startsWith("include ") && before === by;
  if (known?.includes(name))
    complainOfKey(source, path, {
      code: "name-taken",
      what: `"${name}" is already an input or secret of the plan.`,
      fix: "Give this one another name.",
    });
  else if (before !== undefined && !isAgain)
    complainOfKey(source, path, {
      code: "name-taken",
      what: `"${name}" is already defined above.`,
      fix: by.startsWith("include ")
        ? `Give it another name: \`rename: { ${name}: … }\`.`
        : "Give this one another name.",
    });
  names.set(name, by);
}

/** Walks down so that the complaint stands at the text that holds the look-up. */
function checkValue(value: unknown, path: TextPath, scope: Scope): void {
  if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      checkText(key, { path: [...path, key], part: "key", scope });
      checkValue(inner, [...path, Array.isArray(value) ? Number(key) : key], scope);
    }
  } else if (typeof value === "string") checkText(value, { path, part: "value", scope });
}

function checkText(
  text: string,
  { path, part, scope }: { path: TextPath; part: "key" | "value"; scope: Scope },
): void {
  const { names, malformed } = lookedUp(text);
  const blame = part === "key" ? complainOfKey : complain;
  for (const bad of malformed)
    blame(scope.source, path, {
      code: "malformed-look-up",
      what: `"${bad}" looks like a look-up and is none.`,
      fix: "Write ${NAME}, or $${ for a literal ${.",
    });
  for (const name of names) {
    if (name === "env.url" && scope.known === undefined) need(name, scope, path);
    if (scope.names.has(name) || scope.known?.includes(name)) continue;
    const definedIn = scope.maybe.get(name) ?? scope.later.get(name);
    if (definedIn === undefined && !scope.isWhole) continue;
    if (definedIn === undefined && scope.known === undefined) need(name, scope, path);
    else blame(scope.source, path, unknown(name, scope));
  }
}

/** Notes a name for others to answer, with the place where it is looked up first. */
function need(name: string, { source, names, needs }: Scope, path: TextPath): void {
  if (needs.has(name)) return;
  const meant = ALWAYS_KNOWN.some((known) => known === name)
    ? undefined
    : nearest(
        name,
        [...names.keys()].filter((known) => known !== name),
      );
  const at = positionOf(source, path, "value");
  needs.set(name, meant === undefined ? { at } : { at, meant });
}

function unknown(name: string, { names, maybe, later, known = [] }: Scope) {
  const mayCome = maybe.get(name);
  if (mayCome !== undefined)
    return {
      code: "captured-maybe",
      what: `\${${name}} is captured in "${mayCome}", which may be left out or may fail.`,
      fix: `Take \`when\` or \`best_effort\` off that step, or say \`when: "\${${name}}"\` here.`,
    };
  const definedIn = later.get(name);
  if (definedIn !== undefined)
    return {
      code: "captured-later",
      what: `\${${name}} is captured only in "${definedIn}".`,
      fix: "Use it in a step after that one.",
    };
  const meant = nearest(name, [...names.keys(), ...known]);
  return {
    code: "unknown-name",
    what: `Nobody knows \${${name}} here.`,
    fix: meant
      ? `Did you mean \${${meant}}?`
      : `Capture it in an earlier step, give it under vars, or declare it in the plan: an input, \`secrets: [${name}]\` or \`with: { ${name}: … }\` on the step.`,
  };
}
