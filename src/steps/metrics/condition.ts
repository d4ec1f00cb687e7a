import { nearest } from "../../lib/nearest.ts";
import { parts } from "../../model/lookup.ts";
import { parseSize } from "../../lib/size.ts";
import { readSelector, type Selector } from "./selector.ts";
import { Misread, take, type Cursor } from "./cursor.ts";

export type Comparison = "==" | "!=" | ">" | ">=" | "<" | "<=";

/** What must be so: of which values, and how they must be. */
export interface Condition {
  /** As it was written. */
  readonly text: string;
  readonly of: "every" | "any" | "sum" | "min" | "max" | "avg" | "count";
  /** Of a page's series; absent where a query has chosen them. */
  readonly selector?: Selector;
  readonly test:
    | { readonly kind: "is"; readonly comparison: Comparison; readonly value: number }
    | { readonly kind: "rose"; readonly comparison: Comparison; readonly value: number }
    | { readonly kind: "same" };
}

export type ReadCondition =
  | { readonly ok: true; readonly condition: Condition }
  | { readonly ok: false; readonly what: string; readonly fix: string };

const FORMS =
  "Write `NAME == 1`, `sum(NAME) >= 2`, `NAME rose by 3`, `NAME rose by at least 10MB`, `NAME did not rise` or `NAME did not change`.";
const QUERY_FORMS = "Write `every == 1`; also any, sum, min, max, avg, count, and != > >= < <=.";

/** Reads a condition on a page of metrics: `downloads_total{status="success"} rose by at least 3`. */
export function readCondition(text: string): ReadCondition {
  return reading(text, FORMS, (cursor) => {
    const aggregate = take(cursor, /(sum|min|max|count)\s*\(\s*/y)?.[1];
    const selector = readSelector(cursor);
    if (aggregate === undefined) return { of: "every", selector, test: readTest(cursor) };
    if (!take(cursor, /\s*\)/y)) throw new Misread("the closing )", cursor.at);
    const test = readTest(cursor);
    if (test.kind !== "is" && aggregate !== "sum")
      throw new Misread(`nothing but sum(…) or the name itself before "${WORDS[test.kind]}"`, 0);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the pattern has no other words
    return { of: aggregate as Condition["of"], selector, test };
  });
}

const WORDS = { rose: "rose", same: "did not change" } as const;

/** Reads a condition on what a query gave: `every == 1`. */
export function readQueryCondition(text: string): ReadCondition {
  return reading(text, QUERY_FORMS, (cursor) => {
    const word = take(cursor, /\w+/y)?.[0] ?? "";
    if (!isAggregate(word)) throw unknownWord(word, AGGREGATES, 0);
    return { of: word, test: readComparison(cursor) };
  });
}

const AGGREGATES = ["every", "any", "sum", "min", "max", "avg", "count"] as const;

function isAggregate(word: string): word is Condition["of"] {
  return AGGREGATES.some((each) => each === word);
}

function reading(
  written: string,
  forms: string,
  read: (cursor: Cursor) => Omit<Condition, "text">,
): ReadCondition {
  const cursor: Cursor = { text: written.trim(), at: 0 };
  try {
    const condition = read(cursor);
    if (cursor.at < cursor.text.length) throw new Misread("the end", cursor.at);
    return { ok: true, condition: { text: cursor.text, ...condition } };
  } catch (error) {
    if (!(error instanceof Misread)) throw error;
    const rest = cursor.text.slice(error.at, error.at + 30);
    const found = rest === "" ? "it ends" : `it says \`${rest}\``;
    return {
      ok: false,
      what: `The condition \`${cursor.text}\` is not one: where ${error.wanted} should stand, ${found}.`,
      fix: error.hint === undefined ? forms : `${error.hint} ${forms}`,
    };
  }
}

function readTest(cursor: Cursor): Condition["test"] {
  const { at } = cursor;
  if (take(cursor, /\s+did\s+not\s+rise(?!\w)/y))
    return { kind: "rose", comparison: "==", value: 0 };
  if (take(cursor, /\s+did\s+not\s+change(?!\w)/y)) return { kind: "same" };
  if (take(cursor, /\s+rose\s+by\s+/y)) return readRise(cursor);
  if (take(cursor, /\s+rose(?!\w)/y)) return { kind: "rose", comparison: ">", value: 0 };
  const word = /^\s*([a-z]+)/i.exec(cursor.text.slice(at))?.[1];
  if (/^(?:rise|rises|risen|raised|grew|grows|increased|increases)$/i.test(word ?? "")) {
    const rest = cursor.text
      .slice(at)
      .trim()
      .replace(/^\w+\s*(?:by\b\s*)?/i, "");
    throw new Misread("a test", at, `Did you mean \`rose${rest === "" ? "" : ` by ${rest}`}\`?`);
  }
  if (word !== undefined) throw unknownWord(word, ["rose", "did"], at);
  return readComparison(cursor);
}

const RISES: Readonly<Record<string, Comparison>> = {
  "at least": ">=",
  "at most": "<=",
  exactly: "==",
  "more than": ">",
  "less than": "<",
};

function readRise(cursor: Cursor): Condition["test"] {
  const words = take(cursor, /(at\s+least|at\s+most|exactly|more\s+than|less\s+than)\s+/y)?.[1];
  const comparison = RISES[words?.replaceAll(/\s+/g, " ") ?? "exactly"] ?? "==";
  return { kind: "rose", comparison, value: readAmount(cursor) };
}

function readComparison(cursor: Cursor): Extract<Condition["test"], { kind: "is" }> {
  const word = take(cursor, /\s*(==|!=|>=|<=|>|<)\s*/y)?.[1];
  if (word === undefined)
    throw new Misread(
      "a comparison (== != > >= < <=)",
      cursor.at,
      /^\s*=/.test(cursor.text.slice(cursor.at)) ? 'Equality is written "==".' : undefined,
    );
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the pattern has no other words
  return { kind: "is", comparison: word as Comparison, value: readAmount(cursor) };
}

/** A number, or a size in bytes. */
function readAmount(cursor: Cursor): number {
  const { at } = cursor;
  const word = take(cursor, /[^\s)]+(?:\s[kmgt]?i?b\b)?/iy)?.[0] ?? "";
  const isNumber = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?$/i.test(word);
  const value = isNumber ? Number(word) : parseSize(word);
  if (value !== undefined && Number.isFinite(value)) return value;
  throw new Misread("a number or a size (3, 0.5, 10MB)", at);
}

function unknownWord(word: string, known: readonly string[], at: number): Misread {
  const near = nearest(word, known);
  return new Misread(`one of ${known.join(", ")}`, at, near && `Did you mean "${near}"?`);
}

/** The text with each look-up replaced by something that may stand in quotes and for a number; for reading it before the run. */
export function withoutLookUps(text: string): { readonly text: string; readonly isOpen: boolean } {
  const pieces = parts(text);
  return {
    text: pieces.map((piece) => (piece.kind === "text" ? piece.text : "1")).join(""),
    isOpen: pieces.some(({ kind }) => kind !== "text"),
  };
}
