import type { Position } from "./diagnostic.ts";

/** Why something stopped, in words for a person and a code for a machine. Always serialisable, never holds a secret. */
export interface Failure {
  /** Says the fact in kebab-case: `health-never-passed`. The only part that code may branch on. */
  readonly code: string;
  /** What happened, one sentence, with the actual values. */
  readonly what: string;
  /** What to do next, an order. Required: a failure without a remedy is not finished. */
  readonly fix: string;
  /** The failing thing's own words: the log lines or the answer that matter, masked and short. */
  readonly detail?: string;
  /** The plan's own hint for this failure, when one of its patterns matched. */
  readonly hint?: string;
  /** The line of the plan or scenario that asked for what failed. */
  readonly at?: Position;
}

/** Thrown when the world says no. Carries the one failure that stopped us. */
export class Fault extends Error {
  readonly failure: Failure;
  /** Hosts that were to be acted on, and that nothing was done to. */
  readonly untouched: readonly string[];

  constructor(failure: Failure, options?: ErrorOptions & { untouched?: readonly string[] }) {
    super(`${failure.what} ${failure.fix}`, options);
    this.name = "Fault";
    this.failure = failure;
    this.untouched = options?.untouched ?? [];
  }
}
