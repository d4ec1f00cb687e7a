import { isFlag } from "./cookie.ts";
import { inside } from "./expect-source.ts";
import type { ExpectSource } from "./expect-source.ts";
import { isPredicates } from "./predicate.ts";
import type { Expected } from "./predicate.ts";
import { queryName } from "./query.ts";
import type { Query } from "./query.ts";
import { checkBounds } from "./read-bounds.ts";
import { checkFilters, checkPattern, isFoundEverywhere } from "./read-filters.ts";
import { readSchema } from "./read-schema.ts";
import type { Predicates } from "./schema-expect.ts";

/** What a predicate is asked of, while it is read. */
export interface Reading {
  readonly source: ExpectSource;
  readonly query: Query;
  /** It is asked of what a filter or another predicate made of it. */
  readonly derived?: "size" | "part";
}

/** One expectation with its schemas read; complaints about what could never fail, never pass or never be judged. */
export function readExpected(expected: Expected, reading: Reading): Expected {
  if (!isPredicates(expected)) {
    checkPlain(expected, reading);
    return expected;
  }
  const { source, query } = reading;
  const entries = Object.entries(expected).filter(([, wanted]) => wanted !== undefined);
  if (entries.length === 0)
    source.complain([], {
      code: "cannot-fail",
      what: `Nothing is expected of ${queryName(query)}, so this cannot fail.`,
      fix: "Add a predicate, for example { exists: true }.",
    });
  checkFilters(expected, query, source);
  checkRegexAlone(expected, source);
  const filtered = expected.filter !== undefined || expected.regex !== undefined;
  const inner: Reading = filtered ? { ...reading, derived: "part" } : reading;
  checkTogether(expected, inner);
  checkBounds(expected, inner);
  const read = entries.map(([name, wanted]) => [name, readPredicate(name, wanted, inner)]);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same map
  return Object.fromEntries(read) as Predicates;
}

const SIZES = new Set(["count", "length"]);
const NESTED = new Set(["not", "first", "every", "any", ...SIZES]);

function readPredicate(name: string, wanted: unknown, reading: Reading): unknown {
  const source = inside(reading.source, [name]);
  if (NESTED.has(name)) {
    const derived = SIZES.has(name) ? "size" : name === "not" ? reading.derived : "part";
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema calls the recursive part unknown
    return readExpected(wanted as Expected, {
      source,
      query: reading.query,
      ...(derived === undefined ? {} : { derived }),
    });
  }
  if (name === "schema") return readSchema(wanted, source);
  if (name === "matches" && typeof wanted === "string") {
    checkPattern(wanted, [], source);
    if (isFoundEverywhere(wanted)) source.complain([], alwaysHolds(`matches: "${wanted}"`));
  }
  if (name === "contains" && wanted === "") source.complain([], alwaysHolds('contains: ""'));
  if (name === "equals") checkPlain(wanted, { ...reading, source });
  return wanted;
}

function alwaysHolds(what: string) {
  return {
    code: "cannot-fail",
    what: `"${what.replace(/^(\w+): "(.+)"$/, "$1: $2")}" always holds, so it cannot fail.`,
    fix: "Expect something that could be otherwise.",
  };
}

/** Without anything else it is expected that a pattern is found. */
function checkRegexAlone({ regex, ...more }: Predicates, source: ExpectSource): void {
  const others = Object.keys(more).filter((name) => name !== "group");
  if (regex !== undefined && others.length === 0 && isFoundEverywhere(regex))
    source.complain(["regex"], alwaysHolds(`regex: "${regex}"`));
}

/** They always have a value, so only the value can be expected of them. */
const ALWAYS_THERE = new Set<Query["of"]>([
  "status",
  "body",
  "bytes",
  "sha256",
  "duration",
  "first_byte",
]);

function checkTogether(expected: Predicates, { source, query, derived }: Reading): void {
  if (expected.exists === undefined) return;
  const others = Object.keys(expected).filter(
    (name) => !["exists", "filter", "regex", "group"].includes(name),
  );
  if (!expected.exists && others.length > 0)
    return source.complain(["exists"], {
      code: "cannot-pass",
      what: `What does not exist cannot be "${others.join('" or "')}", so this never passes.`,
      fix: "Keep one of them.",
    });
  if (derived !== undefined) return;
  if (ALWAYS_THERE.has(query.of))
    return source.complain(["exists"], {
      code: expected.exists ? "cannot-fail" : "cannot-pass",
      what: `Every answer has ${query.of === "body" ? "a body, an empty one too" : `a ${queryName(query)}`}, so this ${expected.exists ? "cannot fail" : "never passes"}.`,
      fix: query.of === "body" ? "Say { empty: false }." : "Say what it must be.",
    });
  if (query.of === "cookie" && query.attribute !== undefined && isFlag(query.attribute))
    source.complain(["exists"], {
      code: expected.exists ? "cannot-fail" : "cannot-pass",
      what: `${queryName(query)} is true or false, and always there.`,
      fix: `Write "${query.name}[${query.attribute}]": ${String(expected.exists)}.`,
    });
}

/** A value that this query never gives. */
function checkPlain(expected: unknown, { source, query, derived }: Reading): void {
  const complain = (what: string, fix: string) =>
    source.complain([], { code: "cannot-pass", what, fix });
  if (derived !== undefined || (typeof expected === "string" && expected.includes("${"))) return;
  if (query.of === "sha256" && !(typeof expected === "string" && /^[\da-f]{64}$/.test(expected)))
    complain("This is no sha256, so it never passes.", "Write its 64 digits, in lower case.");
  if (query.of === "status" && typeof expected !== "number")
    complain("A status is a number, so this never passes.", "Write it without quotes: 200.");
  if (query.of !== "cookie" || query.attribute === undefined) return;
  if (isFlag(query.attribute) && typeof expected !== "boolean")
    complain(`${queryName(query)} is true or false.`, "Write true or false.");
}
