import type { Work } from "../../ports/step-kind.ts";
import type { Check, PreflightSpec } from "./spec.ts";

/** What one check found: a row of the table. */
export interface Row {
  /** What was looked at: `git >=2.30`. */
  readonly name: string;
  readonly isGood: boolean;
  /** What was found: `2.39.5`. */
  readonly found: string;
  /** What to do about it, when it is not good. */
  readonly fix: string;
}

export type PreflightWork = Work<PreflightSpec>;

/** A check with the option that names its kind certainly given. */
export type CheckOf<Kind extends keyof Check> = Check & {
  readonly [K in Kind]-?: NonNullable<Check[K]>;
};

/** Whether a check is of this kind. */
export function has<Kind extends keyof Check>(check: Check, kind: Kind): check is CheckOf<Kind> {
  return check[kind] !== undefined;
}

/** Nothing that a check waits for may take longer. */
export const MOST_MS = 15_000;

export function good(name: string, found: string): Row {
  return { name, isGood: true, found, fix: "" };
}

export function bad(name: string, found: string, fix: string): Row {
  return { name, isGood: false, found, fix };
}

/** The project's own remedy in place of ours. */
export function withOwnFix(row: Row, { fix }: Check): Row {
  return row.isGood || fix === undefined ? row : { ...row, fix };
}
