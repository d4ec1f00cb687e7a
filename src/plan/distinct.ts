import type { Diagnostic } from "../model/diagnostic.ts";

/** Each fault once, in the order of the text: plans and environments share steps, so the same one is found again and again. */
export function distinct(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const known = new Map<string, Diagnostic>();
  for (const each of diagnostics) if (!known.has(key(each))) known.set(key(each), each);
  return [...known.values()].toSorted(
    (a, b) =>
      compare(a.file, b.file) || a.line - b.line || a.column - b.column || compare(a.code, b.code),
  );
}

/** The later findings that do not stand where an earlier one does: they are most likely its consequences. */
export function without(
  later: readonly Diagnostic[],
  earlier: readonly Diagnostic[],
): readonly Diagnostic[] {
  const places = new Set(earlier.map(place));
  return later.filter((each) => !places.has(place(each)));
}

function place({ file, line, column }: Diagnostic): string {
  return `${file}:${line}:${column}`;
}

function key(each: Diagnostic): string {
  return `${place(each)} ${each.code} ${each.what}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
