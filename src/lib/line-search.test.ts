import { array, assert, constantFrom, letrec, oneof, pre, property, tuple } from "fast-check";
import { expect, test } from "vitest";
import { lineSearch } from "./line-search.ts";
import { compilePattern } from "./pattern.ts";
import { literalsOf } from "./pattern-literals.ts";

function found(pattern: string, text: string): string[] {
  const lines: string[] = [];
  lineSearch(pattern).each(text, (from, to) => void lines.push(text.slice(from, to)));
  return lines;
}

/** What the pattern itself says of each line. */
function plainly(pattern: string, text: string): string[] {
  const compiled = compilePattern(pattern);
  if (!compiled.ok) throw new Error(compiled.why);
  const lines = text.endsWith("\n") ? text.slice(0, -1).split("\n") : text.split("\n");
  return lines.filter((line) => compiled.pattern.find(line.replace(/\r$/, "")) !== undefined);
}

test.each<[string, readonly string[] | undefined, boolean?]>([
  [String.raw`\b(ERROR|CRITICAL)\b`, ["ERROR", "CRITICAL"]],
  ["Application startup complete", ["Application startup complete"]],
  ["(?i)error", ["error"], true],
  ["(?i)disk full", [" full"], true],
  ["a+bcd", ["bcd"]],
  ["abc?", ["ab"]],
  ["ab{2,}cde", ["cde"]],
  [String.raw`took \d+ ms`, ["took "]],
  ["(?:x|)", undefined],
  ["[Ee]rror", ["rror"]],
  [".*", undefined],
  ["(a|.)", undefined],
  [String.raw`\d{3}`, undefined],
  [String.raw`\Qa.b\E`, undefined],
  ["(?i)ks", undefined],
  ["(?i:b)c", ["b"], true],
  ["(?P<level>FATAL): x", ["FATAL"]],
  [String.raw`a\.b`, ["a.b"]],
  ["x|", undefined],
])("%s can't match without %j", (pattern, texts, ignoresCase = false) => {
  expect(literalsOf(pattern)).toEqual(texts && { texts, ignoresCase });
});

test.each([
  ["ERROR", "one\nERROR two\nthree ERROR\n", ["ERROR two", "three ERROR"]],
  ["^b$", "a\nb\r\nb", ["b\r", "b"]],
  ["(?i)error", "an Error\nERROR\nerr\n", ["an Error", "ERROR"]],
  ["^$", "a\n\nb\n", [""]],
  ["k", "\nk", ["k"]],
])("finds %s in %j", (pattern, text, lines) => {
  expect(found(pattern, text)).toEqual(lines);
});

test("stops when it is told that it is enough", () => {
  const lines: number[] = [];
  lineSearch("a").each("a\na\na\n", (from) => {
    lines.push(from);
    return "enough";
  });
  expect(lines).toEqual([0]);
});

const letter = constantFrom(..."abkKsSEé.ſ ".split(""));
const piece = oneof(
  letter.map((text) => (text === "." ? String.raw`\.` : text)),
  constantFrom(
    ".",
    "[ab]",
    "[^a]",
    String.raw`\b`,
    String.raw`\w`,
    "^",
    "$",
    "(?i)",
    "(?-i)",
    String.raw`\x61`,
    "[[:alpha:]]",
    "\\t",
  ),
);
const { pattern } = letrec<{ pattern: string; term: string }>((tie) => ({
  term: oneof(
    { maxDepth: 3 },
    piece,
    tie("pattern").map((inner) => `(${inner})`),
    tie("pattern").map((inner) => `(?i:${inner})`),
    tuple(tie("pattern"), constantFrom("*", "+", "?", "{0,2}", "{2}", "*?")).map(
      ([inner, times]) => `(?:${inner})${times}`,
    ),
    tuple(letter, constantFrom("*", "+", "?", "{0}", "{1,2}")).map(
      ([text, times]) => `${text === "." ? "a" : text}${times}`,
    ),
  ),
  pattern: array(array(tie("term"), { maxLength: 4 }), { minLength: 1, maxLength: 3 }).map((all) =>
    all.map((terms) => terms.join("")).join("|"),
  ),
}));
const subject = array(
  array(constantFrom(..."abABkKsSeEé.ſ\u212A \t\r".split("")), { maxLength: 6 }).map((all) =>
    all.join(""),
  ),
  {
    maxLength: 8,
  },
).map((lines) => lines.join("\n"));

test("says of every line what the pattern itself says", () => {
  assert(
    property(pattern, subject, (given, text) => {
      pre(given !== "" && compilePattern(given).ok && text !== "");
      expect(found(given, text)).toEqual(plainly(given, text));
    }),
    { numRuns: 1_000 },
  );
});
