import type { Position } from "../model/diagnostic.ts";
import type { Failure } from "../model/failure.ts";
import type { Outcome } from "../model/outcome.ts";
import type { CookieRecord } from "../ports/browser.ts";
import type { Value } from "./value.ts";

/** Which part of a scenario a step belongs to. */
export type StepPhase = "setup" | "reset" | "step" | "always";

/** How one expectation, or one capture, was judged; in words, with nothing secret left in them. */
export interface CheckVerdict {
  /** What was looked at: `status`, `json $.id`, `capture COPY`. */
  readonly name: string;
  /** `error`: it could not be judged. */
  readonly outcome: "passed" | "failed" | "error";
  /** The whole sentence, when it did not pass: `status 409, expected 201`. */
  readonly what?: string;
  readonly expected?: string;
  readonly actual?: string;
  /** Where two long values differ, a line each. */
  readonly diff?: string;
  readonly at: Position;
}

/** How one step ended. Everything in it may be shown: secrets are masked. */
export interface StepVerdict {
  readonly name: string;
  /** Its name behind those of the steps that include it: `Sign in › Log in`. */
  readonly path: string;
  readonly phase: StepPhase;
  /** From 1; which execution of the whole scenario. */
  readonly run: number;
  /** From 1; which row of the data, where there are data. */
  readonly row?: number;
  readonly at: Position;
  /** `skipped`: its `when` said no. */
  readonly outcome: Outcome;
  /** It did not pass, and need not: `best_effort`, or an `always` step. */
  readonly tolerated: boolean;
  /** Requests of polling or retrying; 1 for most steps. */
  readonly attempts: number;
  /** From its start to its end, waiting included. */
  readonly durationMs: number;
  /** Of polling or retrying: what the first and the last request came to, and how long it waited between them. */
  readonly tries?: { readonly first: string; readonly last: string; readonly waitedMs: number };
  /** As whom it asked; absent: nobody in particular. */
  readonly user?: string;
  /** The last request. */
  readonly asked?: { readonly method: string; readonly url: string; readonly curl: string };
  /** The last answer. */
  readonly answer?: {
    readonly status: number;
    readonly bytes: number;
    readonly firstByteMs: number;
    readonly durationMs: number;
  };
  readonly checks: readonly CheckVerdict[];
  readonly captured: readonly { readonly name: string; readonly shown: string }[];
  readonly failure?: Failure;
  readonly warnings: readonly string[];
}

/** A value that was captured last under its name. */
export interface CapturedValue {
  readonly name: string;
  readonly value: Value;
  /** It must not be shown, nor become a fact. */
  readonly secret: boolean;
}

/** What a scenario did, counted. */
export interface Counts {
  /** Steps that were carried out, in all runs and phases. */
  readonly steps: number;
  readonly passed: number;
  readonly failed: number;
  readonly tolerated: number;
  readonly skipped: number;
  /** Expectations and captures that were judged. */
  readonly checks: number;
  readonly requests: number;
  /** Of the bodies of all answers. */
  readonly bytes: number;
}

/** How a scenario ended: what reports, later steps and people are told. */
export interface Verdict {
  readonly name: string;
  readonly about: string;
  readonly file: string;
  readonly outcome: Outcome;
  /** Those that were carried out, in order. */
  readonly steps: readonly StepVerdict[];
  readonly failure?: Failure;
  readonly warnings: readonly string[];
  /** `9 of 9 steps, 1 warning`, `3/3 runs passed`. */
  readonly summary: string;
  readonly counts: Counts;
  /** Executions of the whole scenario: `repeat` times the rows of `data`. */
  readonly runs: { readonly wanted: number; readonly passed: number };
  readonly durationMs: number;
  /** Of the last run. */
  readonly captured: readonly CapturedValue[];
  /** Of the last run, by user; "" is nobody in particular. With their values: for a browser, never to be shown. */
  readonly cookies: Readonly<Record<string, readonly CookieRecord[]>>;
}
