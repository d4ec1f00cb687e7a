import { parseDuration } from "../lib/duration.ts";
import { parseDate } from "./date.ts";
import type { ExpectSource } from "./expect-source.ts";
import type { Reading } from "./read-predicates.ts";
import type { Predicates } from "./schema-expect.ts";

type Bound = readonly [name: string, value: number | bigint];

/** Refuses numbers, durations and dates that are none, bounds that nothing can miss, and bounds that exclude each other. */
export function checkBounds(expected: Predicates, reading: Reading): void {
  const bounds = boundsOf(expected, reading);
  for (const bound of bounds) checkVacuous(bound, reading);
  checkContradiction(bounds, reading.source);
  checkDates(expected, reading.source);
}

const ORDER = ["greater", "at_least", "less", "at_most"] as const;

function boundsOf(expected: Predicates, reading: Reading): readonly Bound[] {
  const [from, to] = expected.between ?? [];
  const written = [
    ...ORDER.map((name) => ({ name, key: name, wanted: expected[name] })),
    { name: "at_least", key: "between", wanted: from },
    { name: "at_most", key: "between", wanted: to },
  ];
  return written.flatMap(({ name, key, wanted }) => {
    const value = numberOf(wanted, key, reading);
    return value === undefined ? [] : [[name, value] as const];
  });
}

/** Durations stand for numbers where a query gives milliseconds. */
function numberOf(
  wanted: unknown,
  name: string,
  { source, query, derived }: Reading,
): number | bigint | undefined {
  if (typeof wanted === "number" || typeof wanted === "bigint") return wanted;
  if (typeof wanted !== "string" || wanted.includes("${")) return undefined;
  const isTime = (query.of === "duration" || query.of === "first_byte") && derived === undefined;
  const ms = parseDuration(wanted);
  if (isTime && ms !== undefined) return ms;
  source.complain([name], {
    code: "not-a-number",
    what: `"${wanted}" is a text; "${name}" compares numbers${isTime ? " or durations such as 2s" : ""}.`,
    fix: isTime ? "Write a duration such as 500ms or 2s." : "Write a number without quotes.",
  });
  return undefined;
}

/** The least that a query can give, where there is one, and the most. */
function rangeOf({ query, derived }: Reading): readonly [number, number] | undefined {
  if (derived === "size") return [0, Number.POSITIVE_INFINITY];
  if (derived === "part") return undefined;
  if (query.of === "status") return [100, 999];
  const isSize = ["bytes", "duration", "first_byte"].includes(query.of);
  if (isSize) return [0, Number.POSITIVE_INFINITY];
  return query.of === "pages" ? [1, Number.POSITIVE_INFINITY] : undefined;
}

function checkVacuous([name, value]: Bound, reading: Reading): void {
  const range = rangeOf(reading);
  if (range === undefined) return;
  const [least, most] = range;
  const vacuous =
    (name === "at_least" && value <= least && !(reading.query.of === "pages" && value === 1)) ||
    (name === "greater" && value < least) ||
    (name === "at_most" && value >= most) ||
    (name === "less" && value > most);
  const impossible =
    (name === "less" && value <= least) ||
    (name === "at_most" && value < least) ||
    (name === "at_least" && value > most) ||
    (name === "greater" && value >= most);
  if (vacuous)
    reading.source.complain([name], {
      code: "cannot-fail",
      what: `"${name}: ${value}" always holds, so it cannot fail.`,
      fix: "Expect something that could be otherwise.",
    });
  if (impossible)
    reading.source.complain([name], {
      code: "cannot-pass",
      what: `"${name}: ${value}" never holds, so this never passes.`,
      fix: "Correct the number.",
    });
}

function checkContradiction(bounds: readonly Bound[], source: ExpectSource): void {
  for (const [low, from] of bounds.filter(([name]) => name === "greater" || name === "at_least")) {
    const high = bounds.find(
      ([name, to]) =>
        (name === "less" || name === "at_most") &&
        (to < from || (to <= from && (name === "less" || low === "greater"))),
    );
    if (high)
      return source.complain([], {
        code: "cannot-pass",
        what: `Nothing is both "${low}: ${from}" and "${high[0]}: ${high[1]}", so this never passes.`,
        fix: "Correct one of them.",
      });
  }
}

function checkDates({ before, after, within }: Predicates, source: ExpectSource): void {
  for (const [name, written] of Object.entries({ before, after })) {
    if (written === undefined || written === "now" || written.includes("${")) continue;
    if (parseDate(written) === undefined)
      source.complain([name], {
        code: "not-a-date",
        what: `"${written}" is no date.`,
        fix: 'Write it as 2026-01-31T12:00:00Z, as a day, or "now".',
      });
  }
  if (within === undefined || within.includes("${")) return;
  if (parseDuration(within) === undefined)
    source.complain(["within"], {
      code: "not-a-duration",
      what: `"${within}" is no duration.`,
      fix: "Write 30s, 5m or 2h.",
    });
}
