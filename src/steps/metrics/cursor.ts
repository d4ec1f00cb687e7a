/** A place in a text that is being read. */
export interface Cursor {
  readonly text: string;
  at: number;
}

/** Thrown while a condition is read, and caught where reading began. */
export class Misread extends Error {
  readonly wanted: string;
  readonly at: number;
  readonly hint: string | undefined;

  constructor(wanted: string, at: number, hint?: string) {
    super(wanted);
    this.wanted = wanted;
    this.at = at;
    this.hint = hint;
  }
}

/** What a sticky pattern finds here; the cursor moves behind it. */
export function take(cursor: Cursor, pattern: RegExp): RegExpExecArray | undefined {
  pattern.lastIndex = cursor.at;
  const found = pattern.exec(cursor.text);
  if (found === null) return undefined;
  cursor.at = pattern.lastIndex;
  return found;
}
