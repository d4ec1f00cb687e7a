import { compilePattern, type Pattern } from "./pattern.ts";
import { literalsOf, type Literals } from "./pattern-literals.ts";

/** Finds the lines of a text in which a pattern is found. */
export interface LineSearch {
  /** From the beginning; each line once. `found` ends it by saying "enough". */
  each(text: string, found: (from: number, to: number) => "enough" | undefined): void;
  /** Whether it is found in this one line. */
  isIn(line: string): boolean;
}

/** As many are looked for one by one; more by one search for all of them. */
const ONE_BY_ONE = 3;

/**
 * Searches by a pattern (RE2) that has been checked. The answer is the pattern's own, line by line (without line feed and
 * carriage return); only lines that hold what it can't match without are shown to it.
 */
export function lineSearch(text: string): LineSearch {
  const compiled = compilePattern(text);
  if (!compiled.ok) throw new Error(`not a pattern: ${text}`);
  const { pattern } = compiled;
  const literals = literalsOf(text);
  const isIn = (line: string) => pattern.isIn(line);
  if (literals === undefined)
    return { isIn, each: (subject, found) => everyLine(pattern, subject, found) };
  return {
    isIn,
    each(subject, found) {
      const next = finder(subject, literals);
      for (let at = next(0); at >= 0;) {
        const [from, to] = lineAround(subject, at);
        if (isIn(subject.slice(from, endOfLine(subject, to))) && found(from, to) === "enough")
          return;
        at = to >= subject.length ? -1 : next(to);
      }
    },
  };
}

function everyLine(
  pattern: Pattern,
  subject: string,
  found: (from: number, to: number) => "enough" | undefined,
): void {
  for (let from = 0; from < subject.length;) {
    const [, to] = lineAround(subject, from);
    const line = subject.slice(from, endOfLine(subject, to));
    if (pattern.isIn(line) && found(from, to) === "enough") return;
    from = to + 1;
  }
}

/** The line in which a place is, without its line feed. */
export function lineAround(text: string, at: number): readonly [from: number, to: number] {
  const from = at === 0 ? 0 : text.lastIndexOf("\n", at - 1) + 1;
  const to = text.indexOf("\n", at);
  return [from, to < 0 ? text.length : to];
}

/** Where the line's words end: before a carriage return. */
export function endOfLine(text: string, to: number): number {
  return text[to - 1] === "\r" ? to - 1 : to;
}

/** Gives the next place, from a place on, where one of the literals stands; −1: none. */
function finder(subject: string, { texts, ignoresCase }: Literals): (from: number) => number {
  if (!ignoresCase && texts.length <= ONE_BY_ONE) return oneByOne(subject, texts);
  // Literals alone: nothing in it can go back and forth.
  const any = new RegExp(
    texts.map((text) => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)).join("|"),
    ignoresCase ? "gi" : "g",
  );
  return (from) => {
    any.lastIndex = from;
    return any.exec(subject)?.index ?? -1;
  };
}

/** Gives the next place, from a place on, where one of a few texts stands; −1: none. Places may only grow. */
export function oneByOne(subject: string, texts: readonly string[]): (from: number) => number {
  const places = texts.map(() => -2);
  return (from) => {
    let nearest = -1;
    for (const [index, text] of texts.entries()) {
      const known = places[index] ?? -2;
      const place = known === -1 || known >= from ? known : subject.indexOf(text, from);
      places[index] = place;
      if (place >= 0 && (nearest < 0 || place < nearest)) nearest = place;
    }
    return nearest;
  };
}
