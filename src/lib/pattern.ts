import { RE2JS, RE2JSException } from "re2js";

/** Longest pattern text that is compiled. */
const LONGEST = 1_000;

/** A pattern that a person wrote. Its time grows with the text alone, whatever the pattern. */
export interface Pattern {
  /** The first match, leftmost. */
  find(text: string): Found | undefined;
  /** Whether there is a match at all: several times as fast as `find`. */
  isIn(text: string): boolean;
}

interface Found {
  /** UTF-16 offsets, as in `slice`. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** By number (`"1"`) and, where it has one, by name; a group that took no part is absent. */
  readonly groups: Readonly<Record<string, string>>;
}

export type CompiledPattern =
  | { readonly ok: true; readonly pattern: Pattern }
  | { readonly ok: false; readonly why: string };

/** Compiles a pattern in RE2 syntax: no look-around, no back-references, hence no trap. */
export function compilePattern(text: string): CompiledPattern {
  if (text.length > LONGEST) {
    return { ok: false, why: `it is ${text.length} characters long; the most is ${LONGEST}` };
  }
  try {
    const compiled = RE2JS.compile(text);
    return {
      ok: true,
      pattern: {
        find: (subject) => find(compiled, subject),
        isIn: (subject) => compiled.test(subject),
      },
    };
  } catch (error) {
    if (error instanceof RE2JSException) return { ok: false, why: error.message };
    throw error;
  }
}

function find(compiled: RE2JS, subject: string): Found | undefined {
  const matcher = compiled.matcher(subject);
  if (!matcher.find()) return undefined;
  const groups: Record<string, string> = Object.create(null);
  for (let number = 1; number <= matcher.groupCount(); number++) {
    const group = matcher.group(number);
    if (group !== null) groups[String(number)] = group;
  }
  for (const [name, group] of Object.entries(matcher.getNamedGroups())) {
    if (group !== null) groups[name] = group;
  }
  return { start: matcher.start(), end: matcher.end(), text: matcher.group() ?? "", groups };
}
