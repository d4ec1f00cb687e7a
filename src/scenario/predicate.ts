import { answerPattern, answerValue } from "./answer.ts";
import { compare } from "./compare.ts";
import { count, filtered, first, length, single, withArticle } from "./filter.ts";
import type { Found } from "./filter.ts";
import { filtersOf } from "./filter-text.ts";
import { cannot, verdict, worst } from "./judgement.ts";
import type { Judgement } from "./judgement.ts";
import { describe } from "./predicate-words.ts";
import { holdsSchema } from "./schema-predicate.ts";
import type { Predicates } from "./schema-expect.ts";
import type { Context } from "./tools.ts";
import { isList, showValue } from "./value.ts";
import type { Value } from "./value.ts";

/** A plain value (stands for `equals`) or predicates that must all hold. */
export type Expected = string | number | bigint | boolean | null | Predicates;

/** Whether what was found is as expected. */
export function judge(expected: Expected, found: Found, context: Context): Judgement {
  if (found.found === "error") return cannot(found.why);
  if (!isPredicates(expected)) return judgeOne(["equals", expected], found, context);
  const { filter, regex, group, ...predicates } = expected;
  const subject = filtered(found, filtersOf({ filter, regex, group }), context.by);
  if (subject.found === "error") return cannot(subject.why);
  const entries = Object.entries(predicates).filter(([, wanted]) => wanted !== undefined);
  if (entries.length === 0) entries.push(["exists", true]);
  return worst(entries.map((entry) => judgeOne(entry, subject, context)));
}

export function isPredicates(expected: Expected): expected is Predicates {
  return typeof expected === "object" && expected !== null;
}

/** What is asked of the list, not of one of its values. */
const OF_LISTS = new Set(["exists", "not", "count", "first", "every", "any", "unique", "sorted"]);

function judgeOne(
  [name, wanted]: readonly [string, unknown],
  given: Found,
  context: Context,
): Judgement {
  // Several elements of a page are no one text: `contains` would look for an element that is the text.
  const found =
    given.found === "value" && given.elements && !OF_LISTS.has(name) ? single(given, name) : given;
  if (found.found === "error") return cannot(found.why);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema allows nothing else here
  const inner = wanted as Expected;
  switch (name) {
    case "exists":
      return verdict(wanted === (found.found === "value"), describe(name, wanted === true), found);
    case "count":
      return within("count", { expected: inner, found: count(found) }, context);
    case "first":
      return within("first", { expected: inner, found: first(found) }, context);
    case "length":
      return within(
        "length",
        { expected: inner, found: found.found === "value" ? length(found.value) : found },
        context,
      );
    case "not":
      return negate(inner, found, context);
    case "every":
    case "any":
      return ofItems(name, { expected: inner, found }, context);
    case "schema":
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- YAML holds nothing else
      return holdsSchema(wanted as Value, found, context.tools);
    default:
      return judgeLeaf([name, wanted], found, context);
  }
}

function judgeLeaf(
  [name, wanted]: readonly [string, unknown],
  found: Found,
  { by }: Context,
): Judgement {
  const pattern = name === "matches" ? answerPattern(String(wanted), by.answers) : undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- YAML holds nothing else
  const value = pattern ?? answerValue(wanted as Value, by.answers);
  if (!value.ok)
    return cannot(`nobody knows ${value.missing.map((each) => `\${${each}}`).join(", ")}`);
  return found.found === "value"
    ? compare(name, { wanted: value.value, actual: found.value, now: by.now })
    : verdict(false, describe(name, value.value), found);
}

interface Part {
  readonly expected: Expected;
  readonly found: Found;
}

function within(word: string, { expected, found }: Part, context: Context): Judgement {
  const judgement = judge(expected, found, context);
  if (judgement.outcome !== "failed") return judgement;
  return {
    ...judgement,
    expected: `${word} ${judgement.expected}`,
    actual: `${word} ${judgement.actual}`,
  };
}

/** Of no items `every` would hold whatever is asked; so neither holds. */
function ofItems(word: "every" | "any", { expected, found }: Part, context: Context): Judgement {
  if (found.found !== "value") return verdict(false, words(word, expected), found);
  if (!isList(found.value))
    return cannot(`${word} needs a list, this is ${withArticle(found.value)}`);
  if (found.value.length === 0)
    return {
      outcome: "failed",
      expected: words(word, expected),
      actual: "an empty list",
      isNothing: true,
    };
  const judged = found.value.map((value, at) => {
    const element = found.elements?.[at];
    return judge(
      expected,
      { found: "value", value, ...(element ? { elements: [element] } : {}) },
      context,
    );
  });
  if (word === "any" && judged.some(({ outcome }) => outcome === "passed"))
    return { outcome: "passed" };
  const hit = worst(judged);
  const at = judged.indexOf(hit);
  if (hit.outcome === "passed") return hit;
  if (hit.outcome === "error") return cannot(`item ${at}: ${hit.why}`);
  return word === "every"
    ? { ...hit, expected: `${hit.expected} in every item`, actual: `${hit.actual} at item ${at}` }
    : verdict(false, words(word, expected), found);
}

function words(word: string, expected: Expected): string {
  return `${word} ${isPredicates(expected) ? describeAll(expected) : showValue(expected)}`;
}

function negate(expected: Expected, found: Found, context: Context): Judgement {
  const judgement = judge(expected, found, context);
  if (judgement.outcome === "error") return judgement;
  const said = words("not", expected);
  const asksForAbsence = isPredicates(expected) && expected.exists !== undefined;
  // Nothing is not "different from X": a misspelt path would pass.
  if (judgement.outcome === "failed" && judgement.isNothing && !asksForAbsence)
    return { ...judgement, expected: said };
  return verdict(judgement.outcome === "failed", said, found);
}

function describeAll({ filter, regex, group, ...predicates }: Predicates): string {
  const filters = filtersOf({ filter, regex, group }).map((each) =>
    each.by === "regex" ? `regex "${each.pattern}"` : each.by,
  );
  return [
    ...filters,
    ...Object.entries(predicates)
      .filter(([, wanted]) => wanted !== undefined)
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- YAML holds nothing else
      .map(([name, wanted]) => describe(name, wanted as Value)),
  ].join(" and ");
}

export type { Judgement } from "./judgement.ts";
