import { endOfLine, lineAround, oneByOne } from "../../lib/line-search.ts";
import { parseJson, type Value } from "../../scenario/value.ts";
import { fieldOf, objection } from "./condition.ts";
import type { EntrySpec } from "./spec.ts";

/** What was seen of the entries that one rule means. */
export interface EntryTally {
  readonly rule: EntrySpec;
  found: number;
  /** The first one that lacks something: its line, and what it lacks. */
  flaw?: { readonly line: string; readonly lacks: readonly string[] };
  flawed: number;
  /** Lines that look like one of them and can't be read. */
  unreadable: number;
}

export function tallyOf(rule: EntrySpec): EntryTally {
  return { rule, found: 0, flawed: 0, unreadable: 0 };
}

/** Looks through some whole lines for the entries that are meant. Returns where the flawed ones stand. */
export function countEntries(tally: EntryTally, text: string): number[] {
  const flaws: number[] = [];
  for (const [from, to] of candidates(text, needle(tally.rule))) {
    const line = text.slice(from, endOfLine(text, to));
    const lacks = judge(tally, line);
    if (lacks === undefined || lacks.length === 0) continue;
    tally.flawed++;
    tally.flaw ??= { line: line.slice(0, 2_000), lacks };
    flaws.push(from);
  }
  return flaws;
}

/** What the entry lacks; undefined when the line is none that is meant. */
function judge(tally: EntryTally, line: string): readonly string[] | undefined {
  const at = line.indexOf("{");
  if (at < 0) return undefined;
  let entry: Value;
  try {
    entry = parseJson(line.slice(at));
  } catch {
    if (at === 0) tally.unreadable++;
    return undefined;
  }
  const { where, fields = {} } = tally.rule;
  for (const [name, condition] of Object.entries(where))
    if (objection(condition, fieldOf(entry, name)) !== undefined) return undefined;
  tally.found++;
  return Object.entries(fields).flatMap(([name, condition]) => {
    const why = objection(condition, fieldOf(entry, name));
    return why === undefined ? [] : [`${name} ${why}`];
  });
}

/** The longest text that an entry that is meant must hold, unless it writes it in escapes. */
function needle({ where }: EntrySpec): string | undefined {
  const texts = Object.entries(where).flatMap(([name, condition]) => [
    name.split(".").at(-1) ?? name,
    ...(typeof condition === "string" ? [condition] : []),
  ]);
  return (
    texts
      // A number can be written in more than one way.
      .filter((text) => /^[\w .:/-]+$/.test(text) && Number.isNaN(Number(text)))
      .toSorted((a, b) => b.length - a.length)[0]
  );
}

function* candidates(
  text: string,
  needed: string | undefined,
): Generator<readonly [from: number, to: number]> {
  // A line with a backslash may write anything in escapes.
  const next = needed === undefined ? (at: number) => at : oneByOne(text, [needed, "\\"]);
  for (let at = 0; at < text.length;) {
    const place = next(at);
    if (place < 0) return;
    const [from, to] = lineAround(text, place);
    yield [from, to];
    at = to + 1;
  }
}
