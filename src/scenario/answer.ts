import { parts } from "../model/lookup.ts";
import { asText, isList } from "./value.ts";
import type { Value } from "./value.ts";

/** Gives the value behind a name, or undefined when nobody knows it. */
export type Answers = (name: string) => Value | undefined;

export type Answered<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly missing: readonly string[] };

/** The value with every look-up answered; a text that is one look-up and nothing else becomes the value with its type. */
export function answerValue(value: Value, answers: Answers): Answered<Value> {
  const missing = new Set<string>();
  const answered = walk(value, answers, missing);
  return missing.size > 0 ? { ok: false, missing: [...missing] } : { ok: true, value: answered };
}

/** The text with every look-up answered; `dress` makes an answer fit for where it stands. */
export function answerText(
  text: string,
  answers: Answers,
  dress: (value: Value, start: number) => string = asText,
): Answered<string> {
  const missing = new Set<string>();
  const pieces = parts(text).map((part) => {
    if (part.kind !== "look-up") return part.text;
    const answer = answers(part.name);
    if (answer === undefined) missing.add(part.name);
    return answer === undefined ? "" : dress(answer, part.start);
  });
  return missing.size > 0
    ? { ok: false, missing: [...missing] }
    : { ok: true, value: pieces.join("") };
}

function walk(value: Value, answers: Answers, missing: Set<string>): Value {
  if (typeof value === "string") return answerString(value, answers, missing);
  if (typeof value !== "object" || value === null) return value;
  if (isList(value)) return value.map((each) => walk(each, answers, missing));
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, walk(each, answers, missing)]),
  );
}

function answerString(text: string, answers: Answers, missing: Set<string>): Value {
  const [only, ...more] = parts(text);
  const answered =
    only?.kind === "look-up" && more.length === 0
      ? { ok: true as const, value: answers(only.name) }
      : answerText(text, answers);
  if (answered.ok && answered.value !== undefined) return answered.value;
  for (const name of answered.ok ? [only?.kind === "look-up" ? only.name : text] : answered.missing)
    missing.add(name);
  return "";
}

const QUOTED = /(['"])\$\{([^{}]+)\}\1/g;

/** A JSONPath with its look-ups answered: each stands for a whole literal, so that no answer can change the path. */
export function answerPath(path: string, answers: Answers): Answered<string> {
  const unquoted = path.replaceAll(QUOTED, (_, __, name: string) => `\${${name}}`);
  const quoted = new Set([...path.matchAll(QUOTED)].map((found) => found[2] ?? ""));
  return answerText(
    unquoted,
    (name) => {
      const answer = answers(name);
      return answer !== undefined && quoted.has(name) ? asText(answer) : answer;
    },
    (value) => (typeof value === "string" ? literalOf(value) : asText(value)),
  );
}

function literalOf(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

/** A pattern with its look-ups answered; an answer is looked for letter by letter. */
export function answerPattern(pattern: string, answers: Answers): Answered<string> {
  return answerText(pattern, answers, (value) =>
    asText(value).replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`),
  );
}

/** Every name that is looked up in a value, and every `${` that looks like a look-up and is none. */
export function lookedUp(value: unknown): {
  readonly names: readonly string[];
  readonly malformed: readonly string[];
} {
  const names = new Set<string>();
  const malformed = new Set<string>();
  const visit = (each: unknown): void => {
    if (typeof each === "string") {
      for (const part of parts(each)) {
        if (part.kind === "look-up") names.add(part.name);
        if (part.kind === "malformed") malformed.add(part.text);
      }
    } else if (typeof each === "object" && each !== null) {
      for (const [key, inner] of Object.entries(each)) {
        visit(key);
        visit(inner);
      }
    }
  };
  visit(value);
  return { names: [...names], malformed: [...malformed] };
}
