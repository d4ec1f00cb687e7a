import { parseDuration } from "../lib/duration.ts";
import type { TextPath } from "../lib/yaml-text.ts";
import type { Diagnostic, Parsed } from "../model/diagnostic.ts";
import type { Hint } from "../model/plan.ts";
import type { Body, Capture, Request, Scenario, ScenarioStep } from "./model.ts";
import type { Query } from "./query.ts";
import { checkJsonPath, checkPattern, onKeys, readExpectations } from "./read-expect.ts";
import type { ExpectSource } from "./read-expect.ts";
import { checkLookUps } from "./read-look-ups.ts";
import { scenarioSchema } from "./schema.ts";
import type { QueryText, ScenarioText, StepText } from "./schema.ts";
import { complain, complainOfIssues, complainOfKey, openSource, positionOf } from "./source.ts";
import type { Source } from "./source.ts";
import type { Value } from "./value.ts";

const METHODS = ["get", "head", "post", "put", "patch", "delete"] as const;
const QUERIES = [
  "status",
  "header",
  "cookie",
  "json",
  "body",
  "bytes",
  "sha256",
  "duration",
  "pages",
] as const;

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

function below(source: Source, base: TextPath): ExpectSource {
  return {
    at: (path) => positionOf(source, [...base, ...path]),
    complain: (path, complaint) => complain(source, [...base, ...path], complaint),
    complainOfKey: (path, complaint) => complainOfKey(source, [...base, ...path], complaint),
  };
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

function requestOf(step: StepText, path: TextPath, source: Source): Request {
  const given = METHODS.filter((method) => step[method] !== undefined);
  const [method = "get"] = given;
  if (given.length !== 1)
    complainOfKey(source, given[1] ? [...path, given[1]] : path, {
      code: "one-request",
      what:
        given.length === 0
          ? `"${step.name}" asks for nothing.`
          : `"${step.name}" asks for several things: ${given.join(", ")}.`,
      fix: `Give exactly one of ${METHODS.join(", ")}.`,
    });
  const target = step[method] ?? "/";
  if (!/^(\/|https?:\/\/|\$\{)/.test(target))
    complain(source, [...path, method], {
      code: "wrong-path",
      what: `"${target}" is neither a path nor a URL.`,
      fix: `Begin it with "/": /${target}`,
    });
  checkAuth(step, path, source);
  return {
    method: method.toUpperCase(),
    path: target,
    query: step.query ?? {},
    headers: step.headers ?? {},
    ...bodyOf(step, path, source),
    ...(step.basic === undefined ? {} : { basic: step.basic }),
    ...(step.bearer === undefined ? {} : { bearer: step.bearer }),
  };
}

function checkAuth(step: StepText, path: TextPath, source: Source): void {
  const header = Object.keys(step.headers ?? {}).some(
    (name) => name.toLowerCase() === "authorization",
  );
  if ([step.basic !== undefined, step.bearer !== undefined, header].filter(Boolean).length < 2)
    return;
  complainOfKey(source, [...path, step.bearer === undefined ? "basic" : "bearer"], {
    code: "two-authorizations",
    what: "Authorization is given more than once.",
    fix: "Keep one of basic, bearer and the header.",
  });
}

function bodyOf(step: StepText, path: TextPath, source: Source): { readonly body?: Body } {
  const given = (["json", "form", "body"] as const).filter((key) => step[key] !== undefined);
  if (given.length > 1)
    complainOfKey(source, [...path, given[1] ?? ""], {
      code: "two-bodies",
      what: `The request has several bodies: ${given.join(", ")}.`,
      fix: "Keep one of them.",
    });
  if (given.length > 0 && (step.get ?? step.head) !== undefined)
    complainOfKey(source, [...path, given[0] ?? ""], {
      code: "body-without-meaning",
      what: "A GET or HEAD request has no body.",
      fix: "Use `query`, or another method.",
    });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- YAML holds nothing else
  if (step.json !== undefined) return { body: { as: "json", value: step.json as Value } };
  if (step.form !== undefined) return { body: { as: "form", fields: step.form } };
  return step.body === undefined ? {} : { body: { as: "text", text: step.body } };
}

function captureOf(
  name: string,
  text: QueryText,
  { source, path }: { source: Source; path: TextPath },
): Capture {
  checkCapture(name, text, { source, path });
  const of = QUERIES.find((query) => text[query] !== undefined) ?? "body";
  return {
    name,
    query: queryOf(text, of),
    ...(text.first ? { take: "first" as const } : {}),
    ...(text.count ? { take: "count" as const } : {}),
    ...(text.regex === undefined ? {} : { regex: text.regex }),
    ...(text.group === undefined ? {} : { group: text.group }),
    secret: text.secret === true,
    at: positionOf(source, path),
  };
}

function queryOf(text: QueryText, of: (typeof QUERIES)[number]): Query {
  if (of === "header" || of === "cookie") return { of, name: text[of] ?? "" };
  return of === "json" ? { of, path: text.json ?? "" } : { of };
}

function checkCapture(
  name: string,
  text: QueryText,
  { source, path }: { source: Source; path: TextPath },
): void {
  const given = QUERIES.filter((query) => text[query] !== undefined);
  if (given.length > 1 || (given.length === 0 && text.regex === undefined))
    complainOfKey(source, path, {
      code: "one-query",
      what:
        given.length === 0
          ? `Nothing says where ${name} is found.`
          : `${name} cannot be found in several places: ${given.join(", ")}.`,
      fix: `Give exactly one of ${QUERIES.join(", ")}, or regex alone for the body.`,
    });
  if (text.first !== undefined && text.count !== undefined)
    complainOfKey(source, [...path, "count"], {
      code: "one-query",
      what: "first and count exclude each other.",
      fix: "Keep one of them.",
    });
  if (text.json !== undefined) checkJsonPath(text.json, ["json"], below(source, path));
  if (text.regex !== undefined) checkPattern(text.regex, ["regex"], below(source, path));
  if (text.group !== undefined && text.regex === undefined)
    complain(source, [...path, "group"], {
      code: "group-without-regex",
      what: '"group" is a group of "regex", which is not given.',
      fix: 'Add "regex".',
    });
}
