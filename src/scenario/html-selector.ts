/** Why a text is no CSS selector, and where; columns count from 1. Undefined: it is one. */
export function selectorFault(
  text: string,
): { readonly why: string; readonly column: number } | undefined {
  const reader = { text, at: 0 };
  try {
    readList(reader, 0);
    if (reader.at < text.length) fault(reader, `"${text[reader.at] ?? ""}" has no place there`);
    return undefined;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { why: error.message, column: reader.at + 1 };
  }
}

class Fault extends Error {}

interface Reader {
  readonly text: string;
  at: number;
}

const NAME = /(?:--|-?(?:[A-Za-z_\u0080-\uffff]|\\[^\n]))(?:[\w\u0080-\uffff-]|\\[^\n])*/y;
const ID = /(?:[\w\u0080-\uffff-]|\\[^\n])+/y;
const BLANK = /\s*/y;
const COMBINATOR = /\s*[>+~]\s*|\s+(?=[^\s,)])/y;
const STRING = /"(?:[^"\\\n]|\\[^])*"|'(?:[^'\\\n]|\\[^])*'/y;
const OPERATOR = /[~|^$*!]?=/y;
const FLAG = /\s+[iIsS](?=\s*\])/y;
const NTH = /\s*(?:even|odd|[+-]?\d*n?(?:\s*[+-]\s*\d+)?)\s*(?=\))/iy;

/** Those that take selectors, those that take a number, those that take a text, and those that take nothing. */
const OF_SELECTORS = new Set(["not", "is", "where", "has", "matches"]);
const OF_NUMBERS = new Set([
  "nth-child",
  "nth-last-child",
  "nth-of-type",
  "nth-last-of-type",
  "eq",
  "nth",
]);
const OF_TEXTS = new Set(["contains", "icontains"]);
const BARE = new Set([
  "root",
  "empty",
  "first-child",
  "last-child",
  "only-child",
  "first-of-type",
  "last-of-type",
  "only-of-type",
  "checked",
  "disabled",
  "enabled",
  "required",
  "optional",
  "selected",
  "link",
  "any-link",
  "parent",
  "header",
  "button",
  "input",
  "text",
  "checkbox",
  "radio",
  "file",
  "password",
  "reset",
  "submit",
  "image",
  "first",
  "last",
]);

function readList(reader: Reader, depth: number): void {
  if (depth > 20) fault(reader, "it is nested too deeply");
  do {
    take(reader, BLANK);
    readCompound(reader, depth);
    while (take(reader, COMBINATOR) !== undefined) readCompound(reader, depth);
    take(reader, BLANK);
  } while (take(reader, /,/y) !== undefined);
}

function readCompound(reader: Reader, depth: number): void {
  const began = reader.at;
  if (take(reader, /\*/y) === undefined) take(reader, NAME);
  while (readPart(reader, depth));
  if (reader.at === began)
    fault(
      reader,
      began < reader.text.length
        ? `"${reader.text[began] ?? ""}" begins no selector`
        : "it ends too early",
    );
}

function readPart(reader: Reader, depth: number): boolean {
  const mark = take(reader, /[#.[]|::?/y);
  if (mark === undefined) return false;
  if (mark === "#") need(reader, ID, "the name of an id");
  else if (mark === ".") need(reader, NAME, "the name of a class");
  else if (mark === "[") readAttribute(reader);
  else if (mark === ":") readPseudo(reader, depth);
  else fault(reader, "a pseudo-element is no element of the page");
  return true;
}

function readAttribute(reader: Reader): void {
  take(reader, BLANK);
  need(reader, NAME, "the name of an attribute");
  take(reader, BLANK);
  if (take(reader, OPERATOR) !== undefined) {
    take(reader, BLANK);
    if (take(reader, STRING) === undefined) need(reader, ID, "the attribute's value");
    take(reader, FLAG);
    take(reader, BLANK);
  }
  need(reader, /\]/y, '"]"');
}

function readPseudo(reader: Reader, depth: number): void {
  const began = reader.at;
  const name = need(reader, NAME, "the name of a pseudo-class").toLowerCase();
  if (BARE.has(name)) return;
  const takesText = OF_TEXTS.has(name);
  if (!takesText && !OF_SELECTORS.has(name) && !OF_NUMBERS.has(name)) {
    reader.at = began;
    fault(reader, `":${name}" is not known`);
  }
  need(reader, /\(/y, `"(" behind :${name}`);
  if (OF_SELECTORS.has(name)) readRelative(reader, depth);
  else if (OF_NUMBERS.has(name)) {
    if (!(take(reader, NTH) ?? "").trim()) fault(reader, `a number such as 2 or 2n+1 is missing`);
  } else if (take(reader, STRING) === undefined) need(reader, /[^()"']+/y, "a text");
  need(reader, /\)/y, '")"');
}

/** `:has(> a)` may begin with what stands between. */
function readRelative(reader: Reader, depth: number): void {
  take(reader, /\s*[>+~]/y);
  readList(reader, depth + 1);
}

function take(reader: Reader, pattern: RegExp): string | undefined {
  pattern.lastIndex = reader.at;
  const found = pattern.exec(reader.text);
  if (found === null) return undefined;
  reader.at = pattern.lastIndex;
  return found[0];
}

function need(reader: Reader, pattern: RegExp, what: string): string {
  return take(reader, pattern) ?? fault(reader, `${what} is missing`);
}

function fault(_: Reader, why: string): never {
  throw new Fault(why);
}
