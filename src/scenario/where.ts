import type { StepPhase } from "./verdict.ts";

/** Where in an execution a step stands. */
export interface Where {
  readonly phase: StepPhase;
  /** Which execution of the whole scenario, and of how many. */
  readonly run: number;
  readonly runs: number;
  readonly row?: number;
  readonly rows?: number;
  /** Its place in the list, from 1, and how long that is. */
  readonly at: number;
  readonly of: number;
  /** Names of the steps that include it. */
  readonly within: readonly string[];
  /** What fails here is a warning. */
  readonly tolerant: boolean;
}

/** `Sign in › Log in`. */
export function pathOf({ within }: Where, name: string): string {
  return [...within, name].join(" › ");
}

/** `4/9 Lock the copy`, `run 2/3 · setup 1/2 Seed`. */
export function shortPlace(where: Where, name: string): string {
  const phase = where.phase === "step" ? "" : `${where.phase} `;
  return `${runOf(where, "/", " · ")}${phase}${where.at}/${where.of} ${pathOf(where, name)}`;
}

/** `Step 4 of 9 "Lock the copy"`, `Run 2 of 3, setup step 1 of 2 "Seed"`. */
export function longPlace(where: Where, name: string): string {
  const phase = where.phase === "step" ? "step" : `${where.phase} step`;
  const words = `${runOf(where, " of ", ", ")}${phase} ${where.at} of ${where.of} "${pathOf(where, name)}"`;
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function runOf({ phase, run, runs, row, rows }: Where, of: string, end: string): string {
  if (runs < 2 || phase === "setup" || phase === "always") return "";
  return row !== undefined && rows === runs
    ? `row ${row}${of}${rows}${end}`
    : `run ${run}${of}${runs}${end}`;
}
