import { parseDuration } from "../lib/duration.ts";
import type { TextPath } from "../lib/yaml-text.ts";
import type { Diagnostic, Parsed } from "../model/diagnostic.ts";
import type { Hint } from "../model/plan.ts";
import type { Scenario, ScenarioStep } from "./model.ts";
import { below } from "./read-below.ts";
import { captureOf } from "./read-capture.ts";
import { checkPattern, onKeys, readExpectations } from "./read-expect.ts";
import { requestOf } from "./read-request.ts";
import { checkLookUps } from "./read-look-ups.ts";
import { scenarioSchema } from "./schema.ts";
import type { ScenarioText, StepText } from "./schema.ts";
import { complain, complainOfIssues, openSource, positionOf } from "./source.ts";
import type { Source } from "./source.ts";
import type { Value } from "./value.ts";

/**
 * Reads a scenario, or tells everything that is wrong with it.
 *
 * `known`: the names that will be answered from outside. Without it such names are not judged here; they are in
 * `needs`, and running with one of them unanswered is an error.
 */
export function readScenario(
  text: string,
  path: string,
  known?: readonly string[],
): Parsed<Scenario> {
  const source = openSource(text, path);
  if (!("text" in source)) return { ok: false, diagnostics: source };
  const parsed = scenarioSchema.safeParse(spelledOut(source.text.value));
  if (!parsed.success) {
    complainOfIssues(source, parsed.error.issues);
    return { ok: false, diagnostics: inOrder(source) };
  }
  const needs = checkLookUps(parsed.data, source, known);
  const value = scenarioOf(parsed.data, source, needs);
  const diagnostics = inOrder(source);
  return diagnostics.some(({ severity }) => severity === "error")
    ? { ok: false, diagnostics }
    : { ok: true, value, diagnostics };
}

/** `$.id: 12345678901234567890` as `$.id: { equals: … }`: JSON Schema has no word for such a number as a plain value. */
function spelledOut(file: unknown): unknown {
  if (!isObject(file) || !Array.isArray(file["steps"])) return file;
  const steps = file["steps"].map((step: unknown) =>
    isObject(step) && "expect" in step
      ? { ...step, expect: spelledOutIn(step["expect"], "") }
      : step,
  );
  return { ...file, steps };
}

function spelledOutIn(value: unknown, key: string): unknown {
  if (key === "equals" || key === "contains" || key === "one_of") return value;
  if (typeof value === "bigint") return { equals: value };
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, spelledOutIn(each, name)]),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function inOrder({ diagnostics }: Source): readonly Diagnostic[] {
  return diagnostics.toSorted((a, b) => a.line - b.line || a.column - b.column);
}

function scenarioOf(text: ScenarioText, source: Source, needs: readonly string[]): Scenario {
  return {
    name: text.scenario,
    about: text.about ?? "",
    base: text.base,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- YAML holds nothing else
    vars: (text.vars ?? {}) as Record<string, Value>,
    hints: hintsOf(text.hints, ["hints"], source),
    steps: text.steps.map((step, at) => stepOf(step, ["steps", at], source)),
    needs,
  };
}

function stepOf(step: StepText, path: TextPath, source: Source): ScenarioStep {
  const request = requestOf(step, path, source);
  checkSave(step.save, [...path, "save"], source);
  const expectations = readExpectations(step.expect ?? {}, below(source, [...path, "expect"]));
  const captures = Object.entries(step.capture ?? {}).map(([name, query]) =>
    captureOf(name, query, { source, path: [...path, "capture", name] }),
  );
  if (expectations.length + captures.length === 0 && !step.best_effort)
    complain(source, [...path, step.expect === undefined ? "name" : "expect"], {
      code: "cannot-fail",
      what: `"${step.name}" expects nothing, so it cannot fail.`,
      fix: "Add `expect: { status: 200 }` or what else makes it a check.",
    });
  return {
    name: step.name,
    at: positionOf(source, path, "value"),
    request,
    expectations,
    captures,
    ...(step.save === undefined
      ? {}
      : { save: typeof step.save === "string" ? { name: step.save, what: "body" } : step.save }),
    bestEffort: step.best_effort,
    timeoutMs: timeoutOf(step, path, source),
    follow: step.follow,
    hints: hintsOf(step.hints, [...path, "hints"], source),
  };
}

function checkSave(save: StepText["save"], path: TextPath, source: Source): void {
  const name = typeof save === "string" ? save : save?.name;
  if (name === undefined || /^[\w][\w .@+-]*(\/[\w][\w .@+-]*)*$/.test(name)) return;
  complain(source, path, {
    code: "wrong-name",
    what: `"${name}" cannot be the name of an artifact.`,
    fix: "Use letters, digits, dots, dashes and slashes: login.json.",
  });
}

function timeoutOf(step: StepText, path: TextPath, source: Source): number {
  const ms = parseDuration(step.timeout);
  if (ms !== undefined && ms > 0) return ms;
  complain(source, [...path, "timeout"], {
    code: "wrong-value",
    what: `"${step.timeout}" is not a duration.`,
    fix: "Write 500ms, 5s or 2m.",
  });
  return 1;
}

function hintsOf(
  hints: Readonly<Record<string, string>> | undefined,
  path: TextPath,
  source: Source,
): readonly Hint[] {
  return Object.entries(hints ?? {}).map(([pattern, text]) => {
    checkPattern(pattern, [pattern], onKeys(below(source, path)));
    return { pattern, text };
  });
}
