import type { z } from "zod";
import type { TextPath } from "../lib/yaml-text.ts";

export interface Explained {
  readonly code: string;
  readonly what: string;
  readonly fix: string;
}

const TYPES: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a map",
  record: "a map",
};

const DURATION = "Write it with its unit: 30s, 2m or 500ms.";
const SIZE = "Write it with its unit: 500KB, 10MB or 1GiB.";
const EXPECT = "Write { status: 200 }, or what else the answer must be.";

/** How what a key takes is written. */
const EXAMPLES: Readonly<Record<string, string>> = {
  timeout: DURATION,
  wait: DURATION,
  within: DURATION,
  every: DURATION,
  size: SIZE,
  most: SIZE,
  expect: EXPECT,
  until: EXPECT,
  fail_if: EXPECT,
  headers: "Write a map: { content-type: application/json }.",
  header: "Write a map: { content-type: { contains: json } }.",
  cookie: "Write a map: { sessionid: { exists: true } }.",
  query: "Write a map: { page: 2 }.",
  form: "Write a map: { name: Ada }.",
  multipart: "Write a map: { note: text, upload: { file: a.pdf } }.",
  capture: "Write a map: { ID: { json: $.id } }.",
  vars: "Write a map: { NAME: value }.",
  users: "Write a map: { admin: {} }.",
  hints: "Write a map: { pattern: advice }.",
  retry: "Write 3, or { tries: 3, wait: 2s }.",
  save: "Write a name: login.json.",
  data: "Write the name of a .csv or .json file, or a list of maps.",
};

/** What a schema found about a value, as a person would say it. */
export function explainIssue(
  issue: z.core.$ZodIssue,
  { path, value }: { readonly path: TextPath; readonly value: unknown },
): Explained {
  const name = String(path.at(-1) ?? "the file");
  if (path.length === 0) return aboutTheFile(value);
  if (value === undefined && issue.code !== "custom")
    return { code: "missing-key", what: `"${name}" is missing.`, fix: `Add "${name}:" here.` };
  const example = EXAMPLES[name];
  if (typeof value === "number" && (example === DURATION || example === SIZE))
    return {
      code: "wrong-value",
      what: `"${name}" is a number without a unit.`,
      fix: example === DURATION ? `Write it as ${value}s.` : SIZE,
    };
  return { code: "wrong-value", ...wrongBy(issue, { name, value, example }) };
}

interface Found {
  readonly name: string;
  readonly value: unknown;
  readonly example: string | undefined;
}

function wrongBy(issue: z.core.$ZodIssue, found: Found): Omit<Explained, "code"> {
  const { name, value, example } = found;
  if (issue.code === "invalid_type") return wrongType(issue.expected, found);
  if (issue.code === "too_small" || issue.code === "too_big")
    return {
      what: bound(issue, name),
      fix: example ?? (issue.origin === "array" ? "Add one." : "Correct the value."),
    };
  if (issue.code === "invalid_value")
    return {
      what: `${show(value)} is not a word that "${name}" knows.`,
      fix: `One of: ${issue.values.map(String).join(", ")}.`,
    };
  if (issue.code === "invalid_union")
    return {
      what: `"${name}" cannot be ${typeof value === "object" ? typeOf(value) : show(value)}.`,
      fix: example ?? "Look at the guide to scenarios for what can stand here.",
    };
  if (issue.code === "invalid_key")
    return { what: `"${name}" cannot be a name.`, fix: "Use letters, digits and _: ORDER_ID." };
  return {
    what: `"${name}" cannot be this: ${issue.message.replace(/^Invalid input: /, "")}.`,
    fix: example ?? "Correct the value.",
  };
}

function wrongType(expected: string, { name, value, example }: Found): Omit<Explained, "code"> {
  const isBare = expected === "string" && typeof value !== "object";
  return {
    what: `"${name}" must be ${TYPES[expected] ?? "something else"}, and this is ${typeOf(value)}.`,
    fix: example ?? (isBare ? "Put it in quotes." : orderOf(expected)),
  };
}

function aboutTheFile(value: unknown): Explained {
  return {
    code: "wrong-value",
    what: value === null || value === undefined ? "The file is empty." : "The file is no scenario.",
    fix: "Begin it with `scenario: NAME` and `steps:`.",
  };
}

function orderOf(type: string): string {
  if (type === "array") return "Write a list: each item begins with a dash.";
  if (type === "object" || type === "record") return "Write a map: { key: value }.";
  return `Write ${TYPES[type] ?? "another value"}.`;
}

function bound(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig, name: string): string {
  const isLeast = issue.code === "too_small";
  const count = Number(isLeast ? issue.minimum : issue.maximum);
  const side = isLeast ? "at least" : "at most";
  if (issue.origin === "array") {
    const things = name.replace(/s$/, "");
    if (isLeast && count === 1 && name.endsWith("s"))
      return `There must be ${side} one ${PHASES.has(name) ? "step" : things} in \`${name}\`.`;
    return `"${name}" must have ${side} ${count} ${count === 1 ? "entry" : "entries"}.`;
  }
  if (issue.origin === "string")
    return count === 1 && isLeast
      ? `"${name}" is empty.`
      : `"${name}" must have ${side} ${count} characters.`;
  return `"${name}" must be ${side} ${count}.`;
}

const PHASES = new Set(["setup", "steps", "reset", "always"]);

function typeOf(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  if (typeof value === "bigint" || typeof value === "number") return "a number";
  return typeof value === "boolean" ? "true or false" : "a text";
}

function show(value: unknown): string {
  const text = typeof value === "string" ? `"${value}"` : String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** The value at a path; undefined when there is none. */
export function valueAt(whole: unknown, path: TextPath): unknown {
  let value = whole;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a list is read like a map with numbers as keys
    value = (value as Record<string, unknown>)[String(key)];
  }
  return value;
}
