import type { Evidence } from "./evidence.ts";
import type { Failure } from "./failure.ts";
import type { Json } from "./json.ts";
import type { Effect, Outcome } from "./outcome.ts";
import type { Release } from "./release.ts";

/**
 * Which side of a step an attempt is about: its act, keeping evidence before undoing, probing the way back, taking it
 * back, proving that it is back, tidying up after acceptance.
 */
export type Phase = "do" | "evidence" | "probe" | "undo" | "prove" | "accept";

/** How an attempt ended, with what it measured and kept. */
export interface Result {
  readonly outcome: Outcome;
  readonly failure?: Failure;
  /** One line for people: `5 of 5 healthy`. */
  readonly summary?: string;
  /** What later steps and the way back may look up as `${steps.ID.NAME}`. */
  readonly facts?: Readonly<Record<string, Json>>;
  /** What was measured, unit in the name: `{ p95Ms: 12 }`. */
  readonly numbers?: Readonly<Record<string, number>>;
  readonly evidence?: readonly Evidence[];
  readonly warnings?: readonly string[];
  /** The release that this step made available to the ones after it. */
  readonly release?: Release;
}

/**
 * How a run ended. `refused`: only looked, changed nothing. `failed`: nothing of what was done needs taking back, the
 * release before still serves. `stopped`: left as it is because the plan or a person said so.
 */
export type Ending =
  | "accepted"
  | "refused"
  | "failed"
  | "rolled back"
  | "rollback failed"
  | "stopped";

/** What a person can answer when a run is held. */
export type Choice = "again" | "passed" | "roll back" | "stop";

interface Attempt {
  readonly step: string;
  readonly phase: Phase;
  /** From 1, per step and phase; never used twice. */
  readonly attempt: number;
}

/**
 * One fact about a run, past tense, appended to its journal and never changed.
 *
 * Terminal, NDJSON, page and record are all drawn from these and from nothing else.
 */
export type Event =
  | {
      readonly kind: "run-planned";
      readonly plan: string;
      /** sha256 of the plan snapshot. */
      readonly digest: string;
      readonly project: string;
      readonly environment: string;
      readonly by: string;
      /** Version of Seaworthy that planned it. */
      readonly tool: string;
    }
  | {
      readonly kind: "run-opened";
      readonly because: "start" | "resume" | "decision" | "cancel" | "rollback" | "retry rollback";
      readonly pid: number;
      readonly fence: number;
    }
  | { readonly kind: "run-interrupted"; readonly by: string }
  | (Attempt & { readonly kind: "attempt-started"; readonly effect: Effect; readonly key: string })
  | (Attempt & { readonly kind: "fact-noted"; readonly facts: Readonly<Record<string, Json>> })
  | (Attempt & {
      readonly kind: "progress-made";
      readonly text: string;
      readonly outcome?: Outcome;
      readonly numbers?: Readonly<Record<string, number>>;
    })
  | (Attempt & {
      readonly kind: "attempt-ended";
      readonly durationMs: number;
      readonly result: Result;
    })
  /** A crash took the outcome; the effect allows another attempt, so this one does not count. */
  | (Attempt & { readonly kind: "attempt-lost"; readonly why: string })
  | (Attempt & { readonly kind: "retry-planned"; readonly notBefore: string })
  | { readonly kind: "step-skipped"; readonly step: string; readonly because: string }
  | {
      readonly kind: "question-asked";
      readonly step: string;
      readonly phase: Phase;
      readonly because: Failure;
      readonly choices: readonly Choice[];
    }
  | {
      readonly kind: "decision-made";
      readonly step: string;
      readonly choice: Choice;
      readonly by: string;
      readonly reason: string;
    }
  | { readonly kind: "cancel-asked"; readonly by: string; readonly reason: string }
  | { readonly kind: "rollback-begun"; readonly because: Failure; readonly step?: string }
  | {
      readonly kind: "run-ended";
      readonly as: Ending;
      readonly exit: number;
      readonly because?: Failure;
    };

/** An event where the journal put it: numbered without gaps from 1, linked to the one before by hash. */
export interface Entry {
  readonly run: string;
  readonly seq: number;
  /** Wall clock for people, RFC 3339 UTC. Durations never come from it. */
  readonly at: string;
  readonly event: Event;
  /** Hash of the entry before; 64 zeros for the first. */
  readonly previous: string;
  /** sha256 over previous, run, seq, at and the canonical JSON of the event. */
  readonly hash: string;
}
