import { compilePattern } from "../../lib/pattern.ts";
import type { Series } from "../../lib/prometheus-text.ts";
import { Misread, take, type Cursor } from "./cursor.ts";

/** Chooses series by name and labels, in the words of PromQL: `up{job="erp",instance!~"10[.].*"}`. */
export interface Selector {
  readonly name: string;
  readonly text: string;
  selects(series: Pick<Series, "name" | "labels">): boolean;
}

type Matcher = (value: string) => boolean;

/** Reads a selector at the cursor. */
export function readSelector(cursor: Cursor): Selector {
  const start = cursor.at;
  const name = take(cursor, /[a-zA-Z_:][a-zA-Z0-9_:]*/y)?.[0];
  if (name === undefined) throw new Misread("the name of a metric", cursor.at);
  const matchers: (readonly [string, Matcher])[] = [];
  if (take(cursor, /\s*\{\s*/y)) {
    while (!take(cursor, /\}/y)) {
      matchers.push(readMatcher(cursor));
      if (!take(cursor, /,\s*/y) && cursor.text[cursor.at] !== "}")
        throw new Misread(", or }", cursor.at);
    }
  }
  return {
    name,
    text: cursor.text.slice(start, cursor.at),
    selects: (series) =>
      series.name === name &&
      // In PromQL a label that is not there is an empty one.
      matchers.every(([label, matches]) => matches(series.labels.get(label) ?? "")),
  };
}

function readMatcher(cursor: Cursor): readonly [string, Matcher] {
  const label = take(cursor, /([a-zA-Z_][a-zA-Z0-9_]*)\s*/y)?.[1];
  if (label === undefined) throw new Misread("the name of a label", cursor.at);
  const sign = take(cursor, /(=~|!~|!=|=)\s*/y)?.[1];
  if (sign === undefined) throw new Misread("one of = != =~ !~", cursor.at);
  const start = cursor.at;
  const quoted = take(cursor, /("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*/y)?.[1];
  if (quoted === undefined) throw new Misread("a value in quotes", start);
  const value = unquote(quoted, start);
  if (sign === "=" || sign === "!=") return [label, (text) => (text === value) === (sign === "=")];
  // Patterns of PromQL are anchored at both ends.
  const compiled = compilePattern(`^(?s:${value})$`);
  if (!compiled.ok)
    throw new Misread("a pattern (RE2)", start, `It can't be compiled: ${compiled.why}.`);
  const { pattern } = compiled;
  return [label, (text) => (pattern.find(text) !== undefined) === (sign === "=~")];
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };

function unquote(quoted: string, at: number): string {
  return quoted.slice(1, -1).replaceAll(/\\(.)/gs, (_, char: string) => {
    if (char in ESCAPES) return ESCAPES[char] ?? char;
    if (/[\\"']/.test(char)) return char;
    throw new Misread("a value in quotes", at, `\\${char} is no escape; a backslash is \\\\.`);
  });
}
