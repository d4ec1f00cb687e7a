/** Texts one of which stands in everything that a pattern matches. */
export interface Literals {
  readonly texts: readonly string[];
  readonly ignoresCase: boolean;
}

/** More alternatives than this are no help. */
const MOST = 32;

/** One of these texts is in every match. `undefined`: nobody can say. */
type Needed = readonly string[] | undefined;

/** What is read of the pattern, and how far. */
interface Reading {
  readonly pattern: string;
  at: number;
  ignoresCase: boolean;
  /** Some literal is to be found in either case. */
  isFolded: boolean;
}

class Unknown extends Error {}

/**
 * What a pattern (RE2) can't match without, so that most text need not be shown to the pattern at all.
 * Careful rather than clever: undefined wherever a construct is not known for certain.
 */
export function literalsOf(pattern: string): Literals | undefined {
  const reading: Reading = { pattern, at: 0, ignoresCase: false, isFolded: false };
  try {
    const needed = alternatives(reading);
    if (needed === undefined || reading.at < pattern.length) return undefined;
    return { texts: needed, ignoresCase: reading.isFolded };
  } catch (error) {
    if (error instanceof Unknown) return undefined;
    throw error;
  }
}

function alternatives(reading: Reading): Needed {
  const all: string[] = [];
  let isKnown = true;
  for (;;) {
    const needed = sequence(reading);
    if (needed === undefined) isKnown = false;
    else all.push(...needed);
    if (reading.pattern[reading.at] !== "|") break;
    reading.at++;
  }
  return isKnown && all.length <= MOST ? [...new Set(all)] : undefined;
}

/** What a sequence has gathered: the run of characters that is growing, and the best so far. */
interface Gathered {
  run: string;
  best: Needed;
}

function sequence(reading: Reading): Needed {
  const gathered: Gathered = { run: "", best: undefined };
  while (reading.at < reading.pattern.length) {
    const next = reading.pattern[reading.at];
    if (next === "|" || next === ")") break;
    term(reading, gathered);
  }
  endRun(gathered);
  return gathered.best;
}

function endRun(gathered: Gathered): void {
  if (gathered.run !== "") offer(gathered, [gathered.run]);
  gathered.run = "";
}

function offer(gathered: Gathered, needed: Needed): void {
  if (needed !== undefined && shortest(needed) > shortest(gathered.best ?? []))
    gathered.best = needed;
}

function shortest(texts: readonly string[]): number {
  return texts.length === 0 ? 0 : Math.min(...texts.map(({ length }) => length));
}

/** One atom with what repeats it. */
function term(reading: Reading, gathered: Gathered): void {
  const found = atom(reading);
  const times = repetition(reading);
  if (found.kind === "nothing" && times === "once") return;
  if (found.kind !== "character" || times !== "once" || !isPlain(found.text, reading)) {
    if (found.kind === "character" && times === "some" && isPlain(found.text, reading))
      gathered.run += note(found.text, reading);
    endRun(gathered);
    if (found.kind === "group" && times !== "maybe") offer(gathered, found.needed);
    return;
  }
  gathered.run += note(found.text, reading);
}

function note(text: string, reading: Reading): string {
  if (reading.ignoresCase && /[a-z]/i.test(text)) reading.isFolded = true;
  return text;
}

/** Whether searching for the character finds what the pattern means by it. */
function isPlain(text: string, { ignoresCase }: Reading): boolean {
  // U+FFFD stands for any wrong byte. Half a pair is no character.
  if (/[\uD800-\uDFFF\uFFFD\n]/.test(text)) return false;
  // With case ignored, k and s have a third form (K, ſ), and other scripts have rules of their own.
  return !ignoresCase || /[\0-\x7f]/.test(text) ? !(ignoresCase && /[ks]/i.test(text)) : false;
}

type Atom =
  | { readonly kind: "character"; readonly text: string }
  | { readonly kind: "group"; readonly needed: Needed }
  /** Takes no text: an anchor, a flag. */
  | { readonly kind: "nothing" }
  | { readonly kind: "any" };

const ANY: Atom = { kind: "any" };
const NOTHING: Atom = { kind: "nothing" };

function atom(reading: Reading): Atom {
  const { pattern } = reading;
  const character = pattern[reading.at] ?? "";
  switch (character) {
    case "(":
      return group(reading);
    case "[":
      return charClass(reading);
    case "\\":
      return escaped(reading);
    case ".":
      reading.at++;
      return ANY;
    case "^":
    case "$":
      reading.at++;
      return NOTHING;
    case "*":
    case "+":
    case "?":
    case "{":
      throw new Unknown();
    default:
      reading.at++;
      return { kind: "character", text: character };
  }
}

function group(reading: Reading): Atom {
  const outer = reading.ignoresCase;
  const head = /^\((?:\?P?<\w+>|\?([imsU]*)(?:-([imsU]*))?(:|\)))?/.exec(
    reading.pattern.slice(reading.at, reading.at + 200),
  );
  if (head === null || (head[0] === "(" && reading.pattern[reading.at + 1] === "?"))
    throw new Unknown();
  const [whole, on, off, end] = head;
  reading.at += whole.length;
  if (on?.includes("i")) reading.ignoresCase = true;
  if (off?.includes("i")) reading.ignoresCase = false;
  // `(?i)` holds until the group around it ends.
  if (end === ")") return NOTHING;
  const needed = alternatives(reading);
  if (reading.pattern[reading.at] !== ")") throw new Unknown();
  reading.at++;
  reading.ignoresCase = outer;
  return { kind: "group", needed };
}

function charClass(reading: Reading): Atom {
  const { pattern } = reading;
  let at = reading.at + 1;
  if (pattern[at] === "^") at++;
  if (pattern[at] === "]") at++;
  for (; pattern[at] !== "]"; at++) {
    if (at >= pattern.length || pattern.startsWith("[:", at)) throw new Unknown();
    if (pattern[at] === "\\") at++;
  }
  reading.at = at + 1;
  return ANY;
}

function escaped(reading: Reading): Atom {
  const next = reading.pattern[reading.at + 1] ?? "";
  reading.at += 2;
  if (/[bBAz]/.test(next)) return NOTHING;
  if (/[dDwWsS]/.test(next)) return ANY;
  if (next === "t") return { kind: "character", text: "\t" };
  if (/[^\w\s]/.test(next) && next <= "~") return { kind: "character", text: next };
  throw new Unknown();
}

/** What stands behind an atom: how often it must be there at least. */
function repetition(reading: Reading): "once" | "some" | "maybe" {
  const found = /^(?:[*+?]|\{(\d+)(?:,\d*)?\})\??/.exec(
    reading.pattern.slice(reading.at, reading.at + 20),
  );
  if (found === null) return "once";
  reading.at += found[0].length;
  const after = reading.pattern[reading.at] ?? "";
  if (/[*+?{]/.test(after)) throw new Unknown();
  if (found[0].startsWith("+")) return "some";
  return Number(found[1] ?? 0) > 0 ? "some" : "maybe";
}
