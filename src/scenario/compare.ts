import { parseDuration } from "../lib/duration.ts";
import { compilePattern } from "../lib/pattern.ts";
import { parseDate } from "./date.ts";
import { withArticle } from "./filter.ts";
import { cannot, verdict, worst } from "./judgement.ts";
import type { Judgement } from "./judgement.ts";
import { describe, isLong, pretty } from "./predicate-words.ts";
import { asText, isList, same, showValue, typeName } from "./value.ts";
import type { Value } from "./value.ts";

type Says = (holds: boolean) => Judgement;

interface Sides {
  readonly wanted: Value;
  readonly actual: Value;
  readonly says: Says;
}

/** Holds one predicate against a value that is there; both sides are known. */
export function compare(
  name: string,
  { wanted, actual, now }: { wanted: Value; actual: Value; now: number | undefined },
): Judgement {
  const says: Says = (holds) =>
    verdict(holds, describe(name, wanted), { found: "value", value: actual });
  const sides = { wanted, actual, says };
  switch (name) {
    case "equals":
      return equals(sides);
    case "one_of":
      return says(isList(wanted) && wanted.some((each) => same(each, actual)));
    case "is":
      return says(wanted === "integer" ? isInteger(actual) : typeName(actual) === wanted);
    case "contains":
      return contains(sides);
    case "matches":
      return matches(asText(wanted), actual, says);
    case "starts_with":
    case "ends_with":
      return affix(name, sides);
    case "empty":
      return empty(sides);
    case "unique":
      return unique(sides);
    case "sorted":
      return sorted(sides);
    case "before":
    case "after":
    case "within":
      return date(name, sides, now);
    case "approximately":
      return approximately(sides);
    case "between":
      return between(sides);
    default:
      return order(name, sides);
  }
}

function equals({ wanted, actual, says }: Sides): Judgement {
  const judgement = says(same(wanted, actual));
  return judgement.outcome === "failed" && (isLong(wanted) || isLong(actual))
    ? { ...judgement, sides: [pretty(wanted), pretty(actual)] }
    : judgement;
}

function isInteger(value: Value): boolean {
  return typeof value === "bigint" || Number.isInteger(value);
}

function contains({ wanted, actual, says }: Sides): Judgement {
  if (isList(actual)) return says(actual.some((each) => same(each, wanted)));
  if (typeof actual !== "string")
    return cannot(`contains needs a text or a list, this is ${withArticle(actual)}`);
  if (typeof wanted !== "string")
    return cannot(`a text can contain a text, not ${withArticle(wanted)}`);
  if (wanted === "") return cannot("every text contains the empty text");
  return says(actual.includes(wanted));
}

function matches(pattern: string, actual: Value, says: Says): Judgement {
  if (typeof actual !== "string")
    return cannot(`matches needs a text, this is ${withArticle(actual)}`);
  const compiled = compilePattern(pattern);
  if (!compiled.ok) return cannot(`the pattern "${pattern}" cannot be used: ${compiled.why}`);
  return says(compiled.pattern.find(actual) !== undefined);
}

function affix(name: "starts_with" | "ends_with", { wanted, actual, says }: Sides): Judgement {
  if (typeof actual !== "string")
    return cannot(`${name} needs a text, this is ${withArticle(actual)}`);
  if (typeof wanted !== "string")
    return cannot(`${name} compares with a text, not ${withArticle(wanted)}`);
  if (wanted === "") return cannot(`every text ${name.replace("_", " ")} the empty text`);
  return says(name === "starts_with" ? actual.startsWith(wanted) : actual.endsWith(wanted));
}

function empty({ wanted, actual, says }: Sides): Judgement {
  const size = sizeOf(actual);
  return size === undefined
    ? cannot(`empty needs a text, a list or an object, this is ${withArticle(actual)}`)
    : says((size === 0) === wanted);
}

function sizeOf(value: Value): number | undefined {
  if (typeof value === "string" || isList(value)) return value.length;
  return typeof value === "object" && value !== null ? Object.keys(value).length : undefined;
}

/** Of no items everything can be said; so nothing passes. */
function unique({ actual, says }: Sides): Judgement {
  if (!isList(actual)) return cannot(`unique needs a list, this is ${withArticle(actual)}`);
  if (actual.length === 0) return says(false);
  const seen = new Set(actual.map(keyOf));
  return says(seen.size === actual.length);
}

/** The same for the same values, another for others: keys of objects come in order. */
function keyOf(value: Value): string {
  if (typeof value === "number" && Number.isInteger(value)) return String(BigInt(value));
  return pretty(value, " ");
}

function sorted({ wanted, actual, says }: Sides): Judgement {
  if (!isList(actual)) return cannot(`sorted needs a list, this is ${withArticle(actual)}`);
  if (actual.length === 0) return says(false);
  const kinds = new Set(actual.map(typeName));
  if (kinds.size > 1 || !(kinds.has("number") || kinds.has("text")))
    return cannot(
      `sorted needs a list of numbers or of texts, this holds ${[...kinds].join(", ")}`,
    );
  return says(
    actual.every((each, at) => {
      const before = actual[at - 1];
      if (before === undefined) return true;
      return wanted === "desc" ? !isLess(before, each) : !isLess(each, before);
    }),
  );
}

function isLess(a: Value, b: Value): boolean {
  return a !== null && b !== null && a < b;
}

function date(
  name: "before" | "after" | "within",
  { wanted, actual, says }: Sides,
  now: number | undefined,
): Judgement {
  const at = parseDate(actual);
  if (at === undefined)
    return cannot(
      `${name} needs a date (RFC 3339 with its zone, or as in HTTP headers), this is ${withArticle(actual)}: ${showValue(actual, 80)}`,
    );
  const needsNow = name === "within" || wanted === "now";
  if (needsNow && now === undefined) return cannot(`${name} needs a clock, which is not here`);
  if (name === "within") {
    const most = typeof wanted === "string" ? parseDuration(wanted) : undefined;
    return most === undefined
      ? cannot(`within needs a duration such as 5m, not ${showValue(wanted)}`)
      : says(Math.abs(at - (now ?? 0)) <= most);
  }
  const limit = wanted === "now" ? now : parseDate(wanted);
  if (limit === undefined) return cannot(`${name} compares with a date, not ${showValue(wanted)}`);
  return says(name === "before" ? at < limit : at > limit);
}

function approximately({ wanted, actual, says }: Sides): Judgement {
  const { value, tolerance } = asRecord(wanted);
  if (!isNumber(value) || !isNumber(tolerance))
    return cannot("approximately needs numbers as value and tolerance");
  if (!isNumber(actual))
    return cannot(
      `approximately needs a number, this is ${withArticle(actual)}: ${showValue(actual, 80)}`,
    );
  return says(distance(value, actual) <= tolerance);
}

/** Exact between integers, however large. */
function distance(a: number | bigint, b: number | bigint): number | bigint {
  if (!isInteger(a) || !isInteger(b)) return Math.abs(Number(a) - Number(b));
  const far = BigInt(a) - BigInt(b);
  return far < 0n ? -far : far;
}

function asRecord(value: Value): Readonly<Record<string, Value | undefined>> {
  return typeof value === "object" && value !== null && !isList(value) ? value : {};
}

function isNumber(value: Value | undefined): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

function between({ wanted, actual, says }: Sides): Judgement {
  if (!isList(wanted) || wanted.length !== 2) return cannot("between needs two numbers");
  const [low = null, high = null] = wanted;
  return worst([
    order("at_least", { wanted: low, actual, says }),
    order("at_most", { wanted: high, actual, says }),
  ]);
}

function order(name: string, { wanted, actual, says }: Sides): Judgement {
  const limit = typeof wanted === "string" ? parseDuration(wanted) : wanted;
  if (!isNumber(limit))
    return cannot(`${name} needs a number to compare with, not ${showValue(wanted)}`);
  if (!isNumber(actual))
    return cannot(
      `${name} needs a number, this is ${withArticle(actual)}: ${showValue(actual, 80)}`,
    );
  if (name === "greater") return says(actual > limit);
  if (name === "less") return says(actual < limit);
  return says(name === "at_least" ? actual >= limit : actual <= limit);
}
