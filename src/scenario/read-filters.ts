import { nearest } from "../lib/nearest.ts";
import { compilePattern } from "../lib/pattern.ts";
import type { TextPath } from "../lib/yaml-text.ts";
import { answerPath, answerPattern, answerText } from "./answer.ts";
import type { ExpectSource } from "./expect-source.ts";
import { filterOf } from "./filter-text.ts";
import { selectorFault } from "./html-selector.ts";
import { compileJsonPath } from "./json-path.ts";
import type { Query } from "./query.ts";
import { FILTER_WORDS } from "./words.ts";

/** Compiles a JSONPath with a number in place of each look-up. */
export function checkJsonPath(path: string, at: TextPath, source: ExpectSource): void {
  const sample = answerPath(path, () => 0);
  const compiled = sample.ok ? compileJsonPath(sample.value) : undefined;
  if (compiled?.ok !== false) return;
  // With look-ups in it the place is another one in the text.
  const where = sample.ok && sample.value === path ? ` (column ${compiled.offset + 1})` : "";
  source.complain(at, {
    code: "broken-json-path",
    what: `"${path}" is not a JSONPath (RFC 9535): ${compiled.why}${where}.`,
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

const PROBES = ["", "\u0001".repeat(50), "Zz9 ~\n".repeat(40)];

/** Whether a pattern is found in texts that have nothing in common, and so in every text. */
export function isFoundEverywhere(pattern: string): boolean {
  const sample = answerPattern(pattern, () => "x");
  const compiled = sample.ok ? compilePattern(sample.value) : undefined;
  return (
    compiled?.ok === true && PROBES.every((probe) => compiled.pattern.find(probe) !== undefined)
  );
}

/** Reads a CSS selector with a letter in place of each look-up. */
export function checkSelector(selector: string, at: TextPath, source: ExpectSource): void {
  const sample = answerText(selector, () => "x");
  const fault = sample.ok ? selectorFault(sample.value) : undefined;
  if (fault === undefined) return;
  const where = sample.ok && sample.value === selector ? ` (column ${fault.column})` : "";
  source.complain(at, {
    code: "broken-selector",
    what: `"${selector}" is not a CSS selector: ${fault.why}${where}.`,
    fix: "Correct it.",
  });
}

interface Written {
  readonly regex?: unknown;
  readonly group?: unknown;
  readonly filter?: unknown;
}

/** Refuses filters that are none, or that could never be applied. */
export function checkFilters(written: Written, query: Query, source: ExpectSource): void {
  if (typeof written.regex === "string") checkPattern(written.regex, ["regex"], source);
  if (written.group !== undefined && written.regex === undefined)
    source.complain(["group"], {
      code: "group-without-regex",
      what: '"group" is a group of "regex", which is not given.',
      fix: 'Add "regex".',
    });
  const list: readonly unknown[] = Array.isArray(written.filter) ? written.filter : [];
  for (const [at, each] of list.entries()) checkFilter(each, ["filter", at], { query, source });
}

function checkFilter(
  written: unknown,
  path: TextPath,
  { query, source }: { readonly query: Query; readonly source: ExpectSource },
): void {
  if (typeof written === "string") {
    if (filterOf(written) === undefined) source.complain(path, unknownFilter(written));
    return;
  }
  if (typeof written !== "object" || written === null) return;
  const given = Object.keys(written).filter((key) => key !== "group");
  const [only] = given;
  if (given.length !== 1 || only === undefined)
    return source.complain(path, {
      code: "one-filter",
      what:
        given.length === 0
          ? "This filter does nothing."
          : `These are several filters in one: ${given.join(", ")}.`,
      fix: "Give each filter a line of its own, in the order in which they are applied.",
    });
  if ("group" in written && only !== "regex")
    source.complain([...path, "group"], {
      code: "group-without-regex",
      what: '"group" is a group of "regex", which is not given.',
      fix: 'Add "regex".',
    });
  if ("regex" in written) checkPattern(String(written.regex), [...path, "regex"], source);
  if ("json" in written) checkJsonPath(String(written.json), [...path, "json"], source);
  if (only === "attribute" && query.of !== "html")
    source.complain(path, {
      code: "cannot-be-judged",
      what: `Only elements of a page have attributes, not ${query.of}.`,
      fix: "Use it below html.",
    });
}

function unknownFilter(word: string) {
  const meant = nearest(word, FILTER_WORDS);
  return {
    code: "unknown-filter",
    what: `"${word}" is no filter.`,
    fix: `${meant === undefined ? "" : `Did you mean "${meant}"? `}One of: ${FILTER_WORDS.join(", ")}, { nth: 0 }, { regex: … }, { json: … }, { attribute: … }, { split: … }.`,
  };
}
