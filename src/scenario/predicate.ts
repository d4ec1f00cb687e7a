import { parseDuration } from "../lib/duration.ts";
import { compilePattern } from "../lib/pattern.ts";
import { answerPattern, answerValue } from "./answer.ts";
import type { Answers } from "./answer.ts";
import { count, cut, first, withArticle } from "./filter.ts";
import type { Found } from "./filter.ts";
import type { Predicates } from "./schema-expect.ts";
import type { Context } from "./tools.ts";
import { asText, isList, same, showValue, typeName } from "./value.ts";
import type { Value } from "./value.ts";

/** What came of one expectation. `error`: it could not be judged, which is never a pass. */
export type Judgement =
  | { readonly outcome: "passed" }
  | {
      readonly outcome: "failed";
      readonly expected: string;
      readonly actual: string;
      /** There was no value to judge. */
      readonly isNothing: boolean;
      /** Expected and actual in full, where a look at both says more. */
      readonly sides?: readonly [string, string];
    }
  | { readonly outcome: "error"; readonly why: string };

/** A plain value (stands for `equals`) or predicates that must all hold. */
export type Expected = string | number | bigint | boolean | null | Predicates;

const PASSED: Judgement = { outcome: "passed" };

/** Whether what was found is as expected. */
export function judge(expected: Expected, found: Found, { by }: Context): Judgement {
  return judgeWith(expected, found, by.answers);
}

function judgeWith(expected: Expected, found: Found, answers: Answers): Judgement {
  if (found.found === "error") return { outcome: "error", why: found.why };
  if (!isPredicates(expected)) return judgeOne(["equals", expected], found, answers);
  const { regex, group, ...predicates } = expected;
  const subject = regex === undefined ? found : cutBy(regex, group, { found, answers });
  if (subject.found === "error") return { outcome: "error", why: subject.why };
  const entries = Object.entries(predicates).filter(([, wanted]) => wanted !== undefined);
  if (entries.length === 0) entries.push(["exists", true]);
  return worst(entries.map((entry) => judgeOne(entry, subject, answers)));
}

export function isPredicates(expected: Expected): expected is Predicates {
  return typeof expected === "object" && expected !== null;
}

/** The one that says most: what could not be judged, then what failed. */
function worst(judgements: readonly Judgement[]): Judgement {
  return (
    judgements.find(({ outcome }) => outcome === "error") ??
    judgements.find(({ outcome }) => outcome === "failed") ??
    PASSED
  );
}

function cutBy(
  regex: string,
  group: number | undefined,
  on: { found: Found; answers: Answers },
): Found {
  const pattern = answerPattern(regex, on.answers);
  return pattern.ok
    ? cut(on.found, pattern.value, group)
    : { found: "error", why: unanswered(pattern.missing) };
}

function judgeOne(
  [name, wanted]: readonly [string, unknown],
  found: Found,
  answers: Answers,
): Judgement {
  if (found.found === "error") return { outcome: "error", why: found.why };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema allows nothing else here
  const inner = wanted as Expected;
  if (name === "exists")
    return verdict(
      wanted === (found.found === "value"),
      wanted === true ? "a value" : "nothing",
      found,
    );
  if (name === "count") return within("count", inner, { found: count(found), answers });
  if (name === "first") return within("first", inner, { found: first(found), answers });
  if (name === "not") return negate(inner, found, answers);
  const pattern = name === "matches" ? answerPattern(String(wanted), answers) : undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- YAML holds nothing else
  const value = pattern ?? answerValue(wanted as Value, answers);
  if (!value.ok) return { outcome: "error", why: unanswered(value.missing) };
  if (found.found === "nothing") return verdict(false, describe(name, value.value), found);
  return compare(name, value.value, found.value);
}

function within(
  word: string,
  expected: Expected,
  on: { found: Found; answers: Answers },
): Judgement {
  const judgement = judgeWith(expected, on.found, on.answers);
  if (judgement.outcome !== "failed") return judgement;
  return {
    ...judgement,
    expected: `${word} ${judgement.expected}`,
    actual: `${word} ${judgement.actual}`,
  };
}

function negate(expected: Expected, found: Found, answers: Answers): Judgement {
  const judgement = judgeWith(expected, found, answers);
  if (judgement.outcome === "error") return judgement;
  const words = `not ${isPredicates(expected) ? describeAll(expected) : showValue(expected)}`;
  const asksForAbsence = isPredicates(expected) && expected.exists !== undefined;
  // Nothing is not "different from X": a misspelt path would pass.
  if (judgement.outcome === "failed" && judgement.isNothing && !asksForAbsence)
    return { ...judgement, expected: words };
  return verdict(judgement.outcome === "failed", words, found);
}

function describeAll(predicates: Predicates): string {
  return (
    Object.entries(predicates)
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- YAML holds nothing else
      .map(([name, wanted]) => describe(name, wanted as Value))
      .join(" and ")
  );
}

/** Compares a value that is there; both sides are known. */
function compare(name: string, wanted: Value, actual: Value): Judgement {
  const found: Found = { found: "value", value: actual };
  const says = (holds: boolean) => verdict(holds, describe(name, wanted), found);
  switch (name) {
    case "equals":
      return says(same(wanted, actual));
    case "one_of":
      return says(isList(wanted) && wanted.some((each) => same(each, actual)));
    case "is":
      return says(wanted === "integer" ? isInteger(actual) : typeName(actual) === wanted);
    case "contains":
      return contains(wanted, actual, says);
    case "matches":
      return matches(asText(wanted), actual, says);
    default:
      return order(name, [wanted, actual], says);
  }
}

type Says = (holds: boolean) => Judgement;

function isInteger(value: Value): boolean {
  return typeof value === "bigint" || Number.isInteger(value);
}

function contains(wanted: Value, actual: Value, says: Says): Judgement {
  if (isList(actual)) return says(actual.some((each) => same(each, wanted)));
  if (typeof actual !== "string")
    return {
      outcome: "error",
      why: `contains needs a text or a list, this is ${withArticle(actual)}`,
    };
  if (typeof wanted !== "string")
    return { outcome: "error", why: `a text can contain a text, not ${withArticle(wanted)}` };
  if (wanted === "") return { outcome: "error", why: "every text contains the empty text" };
  return says(actual.includes(wanted));
}

function matches(pattern: string, actual: Value, says: Says): Judgement {
  if (typeof actual !== "string")
    return { outcome: "error", why: `matches needs a text, this is ${withArticle(actual)}` };
  const compiled = compilePattern(pattern);
  if (!compiled.ok)
    return { outcome: "error", why: `the pattern "${pattern}" cannot be used: ${compiled.why}` };
  return says(compiled.pattern.find(actual) !== undefined);
}

function order(name: string, [wanted, actual]: readonly [Value, Value], says: Says): Judgement {
  const limit = typeof wanted === "string" ? parseDuration(wanted) : wanted;
  if (typeof limit !== "number" && typeof limit !== "bigint")
    return {
      outcome: "error",
      why: `${name} needs a number to compare with, not ${showValue(wanted)}`,
    };
  if (typeof actual !== "number" && typeof actual !== "bigint")
    return {
      outcome: "error",
      why: `${name} needs a number, this is ${withArticle(actual)}: ${showValue(actual, 80)}`,
    };
  if (name === "greater") return says(actual > limit);
  if (name === "less") return says(actual < limit);
  return says(name === "at_least" ? actual >= limit : actual <= limit);
}

function verdict(holds: boolean, expected: string, found: Found): Judgement {
  if (holds) return PASSED;
  if (found.found === "value")
    return { outcome: "failed", expected, actual: typed(found.value), isNothing: false };
  return { outcome: "failed", expected, actual: `nothing (${found.why})`, isNothing: true };
}

/** A value with its type where one could take it for another: `"458" (text)`. */
function typed(value: Value): string {
  return value === null ? "null" : `${showValue(value)} (${typeName(value)})`;
}

const WORDS: Readonly<Record<string, string>> = {
  greater: "greater than",
  less: "less than",
  at_least: "at least",
  at_most: "at most",
  one_of: "one of",
  is: "a value of type",
};

function describe(name: string, wanted: Value): string {
  if (name === "equals") return typed(wanted);
  const shown =
    name === "is" || (typeof wanted === "string" && name.startsWith("at_"))
      ? asText(wanted)
      : showValue(wanted);
  return `${WORDS[name] ?? name} ${shown}`;
}

function unanswered(missing: readonly string[]): string {
  return `nobody knows ${missing.map((name) => `\${${name}}`).join(", ")}`;
}
