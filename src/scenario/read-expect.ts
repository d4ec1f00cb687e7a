import { parseDuration } from "../lib/duration.ts";
import { compilePattern } from "../lib/pattern.ts";
import type { TextPath } from "../lib/yaml-text.ts";
import type { Position } from "../model/diagnostic.ts";
import { answerPath, answerPattern } from "./answer.ts";
import { compileJsonPath } from "./json-path.ts";
import type { Expectation } from "./model.ts";
import { isPredicates } from "./predicate.ts";
import type { Expected } from "./predicate.ts";
import { queryName } from "./query.ts";
import type { Query } from "./query.ts";
import type { ExpectText } from "./schema-expect.ts";
import type { Complaint } from "./source.ts";

/** Where complaints about an expectation go, and how its place is found; a plan has other places than a scenario. */
export interface ExpectSource {
  readonly at: (path: TextPath) => Position;
  readonly complain: (path: TextPath, complaint: Complaint) => void;
  /** About the key that the path ends with. */
  readonly complainOfKey: (path: TextPath, complaint: Complaint) => void;
}

/** The same source, for what is written as a key. */
export function onKeys(source: ExpectSource): ExpectSource {
  return { ...source, complain: source.complainOfKey };
}

/** Makes expectations of their text, and refuses those that could never fail or never be judged. */
export function readExpectations(text: ExpectText, source: ExpectSource): readonly Expectation[] {
  return queriesOf(text).map(({ query, expected, path }) => {
    if (query.of === "json") checkJsonPath(query.path, path, onKeys(source));
    checkExpected(expected, { path, source, query });
    return { query, expected, at: source.at(path) };
  });
}

interface Written {
  readonly query: Query;
  readonly expected: Expected;
  readonly path: TextPath;
}

const SIMPLE = ["status", "body", "bytes", "sha256", "duration"] as const;

/** The schema calls the recursive part unknown. */
function as(expected: unknown): Expected {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it was parsed by that schema
  return expected as Expected;
}

function queriesOf(text: ExpectText): readonly Written[] {
  const simple = SIMPLE.flatMap((of): Written[] =>
    text[of] === undefined ? [] : [{ query: { of }, expected: as(text[of]), path: [of] }],
  );
  const named = (["header", "cookie"] as const).flatMap((of) =>
    Object.entries(text[of] ?? {}).map(([name, expected]): Written => ({
      query: { of, name },
      expected: as(expected),
      path: [of, name],
    })),
  );
  const json = Object.entries(text.json ?? {}).map(([path, expected]): Written => ({
    query: { of: "json", path },
    expected: as(expected),
    path: ["json", path],
  }));
  const pages = text.pdf === true ? { at_least: 1 } : as(text.pdf?.pages);
  const pdf: Written[] =
    text.pdf === undefined ? [] : [{ query: { of: "pages" }, expected: pages, path: ["pdf"] }];
  return [...simple, ...named, ...json, ...pdf];
}

/** Compiles a JSONPath with a number in place of each look-up. */
export function checkJsonPath(path: string, at: TextPath, source: ExpectSource): void {
  const sample = answerPath(path, () => 0);
  const compiled = sample.ok ? compileJsonPath(sample.value) : undefined;
  if (compiled?.ok === false)
    source.complain(at, {
      code: "broken-json-path",
      what: `"${path}" is not a JSONPath (RFC 9535): ${compiled.why}.`,
      fix: "Correct it. A look-up in it stands for a whole literal: [?@.id == ${ID}].",
    });
}

/** Compiles a pattern with a letter in place of each look-up. */
export function checkPattern(pattern: string, at: TextPath, source: ExpectSource): void {
  const sample = answerPattern(pattern, () => "x");
  const compiled = sample.ok ? compilePattern(sample.value) : undefined;
  if (compiled?.ok === false)
    source.complain(at, {
      code: "broken-pattern",
      what: `"${pattern}" is not a pattern (RE2): ${compiled.why}.`,
      fix: "Correct it; RE2 knows no look-around and no back-references.",
    });
}

interface Checked {
  readonly path: TextPath;
  readonly source: ExpectSource;
  readonly query: Query;
}

function checkExpected(expected: Expected, on: Checked): void {
  if (!isPredicates(expected)) return;
  const { path, source } = on;
  const entries = Object.entries(expected).filter(([, wanted]) => wanted !== undefined);
  if (entries.length === 0)
    source.complain(path, {
      code: "cannot-fail",
      what: `Nothing is expected of ${queryName(on.query)}, so this cannot fail.`,
      fix: "Add a predicate, for example { exists: true }.",
    });
  if (expected.group !== undefined && expected.regex === undefined)
    source.complain([...path, "group"], {
      code: "group-without-regex",
      what: '"group" is a group of "regex", which is not given.',
      fix: 'Add "regex".',
    });
  for (const [name, wanted] of entries)
    checkPredicate(name, wanted, { ...on, path: [...path, name] });
}

function checkPredicate(name: string, wanted: unknown, on: Checked): void {
  const { path, source, query } = on;
  if ((name === "matches" || name === "regex") && typeof wanted === "string")
    checkPattern(wanted, path, source);
  if (name === "not" || name === "count" || name === "first") {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema calls the recursive part unknown
    checkExpected(wanted as Expected, { ...on, query: name === "count" ? { of: "bytes" } : query });
  }
  const floor = query.of === "bytes" || query.of === "duration" || query.of === "pages";
  if ((name === "contains" && wanted === "") || (name === "at_least" && wanted === 0 && floor))
    source.complain(path, {
      code: "cannot-fail",
      what: `"${name}: ${wanted === "" ? '""' : "0"}" always holds, so it cannot fail.`,
      fix: "Expect something that could be otherwise.",
    });
  if (
    !["greater", "less", "at_least", "at_most"].includes(name) ||
    typeof wanted !== "string" ||
    wanted.includes("${")
  )
    return;
  if (query.of !== "duration" || parseDuration(wanted) === undefined)
    source.complain(path, {
      code: "not-a-number",
      what: `"${wanted}" is a text; "${name}" compares numbers${query.of === "duration" ? " or durations such as 2s" : ""}.`,
      fix:
        query.of === "duration"
          ? "Write a duration such as 500ms or 2s."
          : "Write a number without quotes.",
    });
}
