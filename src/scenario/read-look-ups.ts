import { nearest } from "../lib/nearest.ts";
import type { TextPath } from "../lib/yaml-text.ts";
import { lookedUp } from "./answer.ts";
import type { ScenarioText } from "./schema.ts";
import { complain, complainOfKey } from "./source.ts";
import type { Source } from "./source.ts";

/** Names that every run answers by itself. */
const ALWAYS_KNOWN = ["env.url", "env.name", "run.id", "base"] as const;

interface Scope {
  readonly source: Source;
  /** Defined so far. */
  readonly names: Set<string>;
  /** Captures of later steps, with the step's name. */
  readonly later: Map<string, string>;
  readonly known: readonly string[] | undefined;
  readonly needs: Set<string>;
}

/** Checks every look-up against what is known at its place, and gives the names that are left for others to answer. */
export function checkLookUps(
  text: ScenarioText,
  source: Source,
  known?: readonly string[],
): readonly string[] {
  const later = new Map(
    text.steps.flatMap((step) =>
      Object.keys(step.capture ?? {}).map((name) => [name, step.name] as const),
    ),
  );
  const scope: Scope = { source, names: new Set(ALWAYS_KNOWN), later, known, needs: new Set() };
  scope.names.delete("base");
  for (const [name, value] of Object.entries(text.vars ?? {})) {
    checkValue(value, ["vars", name], scope);
    define(name, ["vars", name], scope);
  }
  checkValue(text.base, ["base"], scope);
  scope.names.add("base");
  for (const [at, { name: _, hints: __, capture, expect, ...request }] of text.steps.entries()) {
    const path = ["steps", at];
    for (const [key, value] of Object.entries(request)) checkValue(value, [...path, key], scope);
    for (const [key, value] of Object.entries(expect ?? {}))
      checkValue(value, [...path, "expect", key], scope);
    for (const [name, query] of Object.entries(capture ?? {})) {
      checkValue(query, [...path, "capture", name], scope);
    }
    for (const name of Object.keys(capture ?? {})) define(name, [...path, "capture", name], scope);
  }
  return [...scope.needs];
}

function define(name: string, path: TextPath, { source, names, known }: Scope): void {
  if (known?.includes(name))
    complainOfKey(source, path, {
      code: "name-taken",
      what: `"${name}" is already an input or secret of the plan.`,
      fix: "Give this one another name.",
    });
  else if (names.has(name))
    complainOfKey(source, path, {
      code: "name-taken",
      what: `"${name}" is already defined above.`,
      fix: "Give this one another name.",
    });
  names.add(name);
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
    if (scope.names.has(name) || scope.known?.includes(name)) continue;
    const definedIn = scope.later.get(name);
    if (definedIn === undefined && scope.known === undefined) scope.needs.add(name);
    else blame(scope.source, path, unknown(name, definedIn, scope));
  }
}

function unknown(name: string, definedIn: string | undefined, { names, known = [] }: Scope) {
  if (definedIn !== undefined)
    return {
      code: "captured-later",
      what: `\${${name}} is captured only in "${definedIn}".`,
      fix: "Use it in a step after that one.",
    };
  const meant = nearest(name, [...names, ...known]);
  return {
    code: "unknown-name",
    what: `Nobody knows \${${name}} here.`,
    fix: meant
      ? `Did you mean \${${meant}}?`
      : `Capture it in an earlier step, give it under vars, or declare it in the plan: an input, \`secrets: [${name}]\` or \`with: { ${name}: … }\` on the step.`,
  };
}
