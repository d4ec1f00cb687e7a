import type { MetricsFormat } from "./prometheus-text-model.ts";

/** Thrown while a page of metrics is read, and caught where reading began. */
export class Trouble extends Error {
  readonly column: number;
  readonly what: string;
  /** Where it is not the line being read. */
  readonly line: number | undefined;

  constructor(column: number, what: string, line?: number) {
    super(what);
    this.column = column;
    this.what = what;
    this.line = line;
  }
}

export interface Description {
  readonly word: "HELP" | "TYPE" | "UNIT";
  readonly name: string;
  readonly rest: string;
  /** Where the rest begins. */
  readonly column: number;
}

export interface Sample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const NUMBER = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?)$|^nan$/i;

/** What a line that begins with # says, `nothing` for a comment or an empty line, `sample` for the rest. */
export function readDescription(
  text: string,
  format: MetricsFormat,
): Description | "nothing" | "sample" {
  const isOpen = format === "openmetrics";
  if (isOpen && !text.startsWith("#")) return "sample";
  const begin = isOpen
    ? /^# (HELP|TYPE|UNIT) /.exec(text)
    : /^[ \t]*#[ \t]*(HELP|TYPE)[ \t]+/.exec(text);
  if (begin === null) {
    if (isOpen) throw new Trouble(1, "a line with # says HELP, TYPE, UNIT or EOF, in this form");
    if (/^[ \t]*#[ \t]*(?:HELP|TYPE)$/.test(text))
      throw new Trouble(text.length + 1, "a metric's name is missing");
    return /^[ \t]*(?:#|$)/.test(text) ? "nothing" : "sample";
  }
  const cursor = { text, at: begin[0].length };
  const name = take(cursor, NAME) ?? fail(cursor, "a metric's name");
  const blank = isOpen ? /^ / : /^[ \t]+/;
  const gap = blank.exec(text.slice(cursor.at))?.[0];
  if (gap === undefined && cursor.at < text.length) fail(cursor, "a blank");
  const column = cursor.at + (gap?.length ?? 0) + 1;
  const rest = text.slice(column - 1);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the pattern has no other words
  const word = begin[1] as Description["word"];
  if (word === "HELP") checkHelp(rest, column, isOpen);
  return { word, name, rest: word === "TYPE" && !isOpen ? rest.trimEnd() : rest, column };
}

function checkHelp(rest: string, column: number, isOpen: boolean): void {
  const wrong = (isOpen ? /(?:[^\\"]|\\[\\n"])*/y : /(?:[^\\]|\\[\\n])*/y).exec(rest)?.[0] ?? "";
  if (wrong.length === rest.length) return;
  throw new Trouble(column + wrong.length, "this is not an escape that a HELP text may have");
}

/** Reads `name{label="value"} 12 1700000000000`. */
export function readSample(text: string, format: MetricsFormat): Sample {
  const isOpen = format === "openmetrics";
  const cursor: Cursor = { text, at: 0 };
  if (!isOpen) skip(cursor);
  const name = take(cursor, NAME) ?? fail(cursor, "the name of a metric");
  const behindName = cursor.at;
  if (!isOpen) skip(cursor);
  const labels = text[cursor.at] === "{" ? readLabels(cursor, isOpen) : new Map<string, string>();
  if (cursor.at === behindName && !/[ \t]/.test(text[cursor.at] ?? ""))
    fail(cursor, "a blank and a value");
  if (isOpen) oneBlank(cursor);
  else skip(cursor);
  const value = readNumber(cursor, "a value");
  readTail(cursor, name, isOpen);
  return { name, labels, value };
}

interface Cursor {
  readonly text: string;
  at: number;
}

/** The time, and in OpenMetrics the exemplar; both are checked and dropped. */
function readTail(cursor: Cursor, name: string, isOpen: boolean): void {
  const { text } = cursor;
  if (!isOpen) {
    skip(cursor);
    if (cursor.at === text.length) return;
    const time = take(cursor, /-?\d{1,19}(?=[ \t]|$)/y);
    if (time === undefined) fail(cursor, "a time in milliseconds, or the end of the line");
    skip(cursor);
    if (cursor.at < text.length) fail(cursor, "the end of the line");
    return;
  }
  if (text[cursor.at] === " " && text[cursor.at + 1] !== "#") readTime(cursor);
  if (cursor.at === text.length) return;
  if (!text.startsWith(" # {", cursor.at)) fail(cursor, "an exemplar, or the end of the line");
  if (!/_(?:total|bucket)$/.test(name))
    throw new Trouble(cursor.at + 2, `${name} can't have an exemplar: it is no counter or bucket`);
  cursor.at += 3;
  readLabels(cursor, true);
  oneBlank(cursor);
  readNumber(cursor, "the exemplar's value");
  if (text[cursor.at] === " ") readTime(cursor);
  if (cursor.at < text.length) fail(cursor, "the end of the line");
}

function readTime(cursor: Cursor): void {
  oneBlank(cursor);
  const start = cursor.at;
  if (Number.isFinite(readNumber(cursor, "a time in seconds"))) return;
  throw new Trouble(start + 1, "a time is a number");
}

function readLabels(cursor: Cursor, isOpen: boolean): Map<string, string> {
  const labels = new Map<string, string>();
  const gap = () => void (isOpen || skip(cursor));
  const next = () => cursor.text[cursor.at];
  cursor.at++;
  gap();
  while (next() !== "}") {
    const start = cursor.at;
    const name = take(cursor, LABEL) ?? fail(cursor, "the name of a label, or }");
    gap();
    if (next() !== "=") fail(cursor, "=");
    cursor.at++;
    gap();
    if (labels.has(name)) throw new Trouble(start + 1, `the label ${name} is given twice`);
    labels.set(name, readText(cursor));
    gap();
    if (next() === "}") break;
    if (next() !== ",") fail(cursor, ", or }");
    cursor.at++;
    gap();
    if (isOpen && next() === "}") fail(cursor, "the name of a label");
  }
  cursor.at++;
  return labels;
}

const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\", '"': '"', n: "\n" };

function readText(cursor: Cursor): string {
  const { text } = cursor;
  if (text[cursor.at] !== '"') fail(cursor, 'a value in "quotes"');
  const pieces: string[] = [];
  for (let from = ++cursor.at; ;) {
    const char = text[cursor.at];
    if (char === undefined) fail(cursor, 'the closing "');
    if (char !== '"' && char !== "\\") {
      cursor.at++;
      continue;
    }
    pieces.push(text.slice(from, cursor.at));
    if (char === '"') break;
    const escaped = ESCAPES[text[cursor.at + 1] ?? ""];
    if (escaped === undefined) fail(cursor, String.raw`one of the escapes \\, \" and \n`);
    pieces.push(escaped);
    cursor.at += 2;
    from = cursor.at;
  }
  cursor.at++;
  return pieces.join("");
}

function readNumber(cursor: Cursor, what: string): number {
  const start = cursor.at;
  const word = take(cursor, /[^ \t]+/y);
  if (word !== undefined && NUMBER.test(word)) {
    const number = toNumber(word);
    if (Number.isFinite(number) || /^[+-]?(?:inf|nan)/i.test(word)) return number;
    throw new Trouble(start + 1, `${word.slice(0, 40)} is too large`);
  }
  cursor.at = start;
  return fail(cursor, what);
}

/** As Go's ParseFloat reads it. */
export function toNumber(word: string): number {
  if (/^nan$/i.test(word)) return Number.NaN;
  if (/^[+-]?inf(?:inity)?$/i.test(word)) return word.startsWith("-") ? -Infinity : Infinity;
  return Number(word);
}

function take(cursor: Cursor, pattern: RegExp): string | undefined {
  pattern.lastIndex = cursor.at;
  const found = pattern.exec(cursor.text)?.[0];
  if (found !== undefined) cursor.at += found.length;
  return found;
}

function skip(cursor: Cursor): void {
  while (cursor.text[cursor.at] === " " || cursor.text[cursor.at] === "\t") cursor.at++;
}

function oneBlank(cursor: Cursor): void {
  if (cursor.text[cursor.at] !== " ") fail(cursor, "one blank");
  cursor.at++;
}

function fail({ text, at }: Cursor, wanted: string): never {
  const rest = text.slice(at, at + 30);
  const found = rest === "" ? "the end of the line" : JSON.stringify(rest);
  throw new Trouble(at + 1, `expected ${wanted}, found ${found}`);
}
