/** A version as its numbers: `2.39.5` is [2, 39, 5]. */
export type Version = readonly number[];

interface Bound {
  readonly sign: ">=" | ">" | "<=" | "<" | "=";
  readonly version: Version;
}

/** Versions that are good enough: every bound holds. */
export type Range = readonly Bound[];

const BOUND = /^(>=|<=|>|<|=)?\s*v?(\d{1,9}(?:\.\d{1,9}){0,3})(?:\.[x*])?$/;

/** Reads `>=2.30`, `>=20 <23`, `24` (any 24), `=1.2.3`; undefined when the text says something else. */
export function parseRange(text: string): Range | undefined {
  const words = text
    .trim()
    .replace(/([<>=])\s+/g, "$1")
    .split(/[\s,]+/);
  const bounds = words.flatMap((word) => bound(word) ?? []);
  return bounds.length === words.length ? bounds : undefined;
}

function bound(word: string): Bound | undefined {
  const found = BOUND.exec(word);
  if (found === null) return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the pattern lets nothing else through
  return { sign: (found[1] ?? "=") as Bound["sign"], version: numbers(found[2] ?? "") };
}

/** The first thing in a program's words that looks like a version. */
export function findVersion(output: string): Version | undefined {
  const found =
    /(?<![\d.])\d{1,9}(?:\.\d{1,9}){1,3}/.exec(output) ?? /(?<![\d.])\d{1,9}/.exec(output);
  return found === null ? undefined : numbers(found[0]);
}

export function isIn(version: Version, range: Range): boolean {
  return range.every(({ sign, version: wanted }) => {
    // A bound says as much as it has numbers: 24.1 is not above 24, and is 24.
    const order = compare(version.slice(0, wanted.length), wanted);
    switch (sign) {
      case ">=":
        return order >= 0;
      case ">":
        return order > 0;
      case "<=":
        return order <= 0;
      case "<":
        return order < 0;
      case "=":
        return order === 0;
    }
  });
}

function compare(a: Version, b: Version): number {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function numbers(text: string): Version {
  return text.split(".").map(Number);
}
