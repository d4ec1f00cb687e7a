/** A place in a text that a person wrote. Lines and columns count from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A fault in a text that a person wrote. Returned in lists, never thrown: the writer deserves all of them at once. */
export interface Diagnostic extends Position {
  /** Says the fact in kebab-case: `unknown-key`. */
  readonly code: string;
  readonly what: string;
  readonly fix: string;
  /** How many characters to underline. */
  readonly length: number;
  /** `warning` is shown and does not stop anything. */
  readonly severity: "error" | "warning";
}

/** The value of a text, or everything that is wrong with it; a value may come with warnings. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T; readonly diagnostics: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };
