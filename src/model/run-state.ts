import type { Choice, Ending, Entry, Event, Phase, Result } from "./event.ts";
import type { Failure } from "./failure.ts";
import type { Json } from "./json.ts";
import type { Release } from "./release.ts";

/** One try of one side of a step. */
export interface AttemptState {
  readonly attempt: number;
  readonly key: string;
  /** Number of the entry that wrote the intent down. */
  readonly seq: number;
  readonly startedAt: string;
  result?: Result;
  durationMs?: number;
  lost?: string;
}

export interface PhaseState {
  readonly attempts: AttemptState[];
  /** Wall clock before which the next attempt must not start. */
  notBefore?: { readonly attempt: number; readonly at: string };
}

export interface Question {
  readonly seq: number;
  readonly phase: Phase;
  readonly because: Failure;
  readonly choices: readonly Choice[];
}

export interface Answer {
  readonly seq: number;
  readonly choice: Choice;
  readonly by: string;
  readonly reason: string;
}

export interface StepState {
  readonly id: string;
  readonly phases: Partial<Record<Phase, PhaseState>>;
  readonly facts: Record<string, Json>;
  skipped?: string;
  question?: Question;
  answer?: Answer;
}

/** All that a run's history says, folded. What is not in here has not happened. */
export interface RunState {
  seq: number;
  planned?: Extract<Event, { kind: "run-planned" }>;
  startedAt?: string;
  /** When the loop that drives it now, or drove it last, began. */
  openedAt?: string;
  lastAt?: string;
  fence?: number;
  interrupted: boolean;
  readonly steps: Map<string, StepState>;
  /** The newest release that a step made available. */
  release?: Release;
  /** What served before; null when nothing did; undefined while nobody asked. */
  previous?: Release | null;
  cancel?: { readonly by: string; readonly reason: string };
  rollback?: { readonly because: Failure; readonly step?: string; readonly seq: number };
  /** Undo attempts before this entry no longer count: a person asked to try again. */
  unwindFrom: number;
  ended?: {
    readonly as: Ending;
    readonly exit: number;
    readonly because?: Failure;
    readonly at: string;
  };
}

/** Folds a history. `stateOf(all)` equals `apply` of each entry in turn. */
export function stateOf(entries: readonly Entry[]): RunState {
  const state: RunState = { seq: 0, interrupted: false, steps: new Map(), unwindFrom: 0 };
  for (const entry of entries) apply(state, entry);
  return state;
}

/** Takes one more entry in. Changes the state it is given. */
export function apply(state: RunState, entry: Entry): void {
  state.seq = entry.seq;
  state.lastAt = entry.at;
  const event = entry.event;
  if ("attempt" in event) applyAttempt(state, event, entry);
  else applyToRun(state, event, entry);
}

export function stepState(state: RunState, id: string): StepState {
  let step = state.steps.get(id);
  if (!step) {
    step = { id, phases: {}, facts: {} };
    state.steps.set(id, step);
  }
  return step;
}

type AttemptEvent = Extract<Event, { attempt: number }>;

function applyAttempt(state: RunState, event: AttemptEvent, entry: Entry): void {
  const step = stepState(state, event.step);
  const phase = (step.phases[event.phase] ??= { attempts: [] });
  const attempt = phase.attempts.find((a) => a.attempt === event.attempt);
  switch (event.kind) {
    case "attempt-started":
      phase.attempts.push({
        attempt: event.attempt,
        key: event.key,
        seq: entry.seq,
        startedAt: entry.at,
      });
      break;
    case "fact-noted":
      learn(state, step, event.facts);
      break;
    case "progress-made":
      break;
    case "attempt-ended":
      if (attempt) Object.assign(attempt, { result: event.result, durationMs: event.durationMs });
      if (event.result.facts) learn(state, step, event.result.facts);
      if (event.result.release) state.release = event.result.release;
      break;
    case "attempt-lost":
      if (attempt) attempt.lost = event.why;
      break;
    case "retry-planned":
      phase.notBefore = { attempt: event.attempt, at: event.notBefore };
      break;
  }
}

/** By convention the fact named `previous` says which release served before, null for none. */
function learn(state: RunState, step: StepState, facts: Readonly<Record<string, Json>>): void {
  Object.assign(step.facts, facts);
  if ("previous" in facts && state.previous === undefined) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by a step as a Release
    state.previous = facts["previous"] as unknown as Release | null;
  }
}

type RunEvent = Exclude<Event, { attempt: number }>;

function applyToRun(state: RunState, event: RunEvent, entry: Entry): void {
  switch (event.kind) {
    case "run-planned":
      state.planned = event;
      break;
    case "run-opened":
      applyOpened(state, event, entry);
      break;
    case "run-interrupted":
      state.interrupted = true;
      break;
    case "step-skipped":
      stepState(state, event.step).skipped = event.because;
      break;
    case "question-asked":
      stepState(state, event.step).question = { seq: entry.seq, ...event };
      break;
    case "decision-made":
      stepState(state, event.step).answer = { seq: entry.seq, ...event };
      break;
    case "cancel-asked":
      state.cancel ??= { by: event.by, reason: event.reason };
      break;
    case "rollback-begun":
      state.rollback = {
        because: event.because,
        seq: entry.seq,
        ...(event.step !== undefined && { step: event.step }),
      };
      break;
    case "run-ended":
      state.ended = {
        as: event.as,
        exit: event.exit,
        at: entry.at,
        ...(event.because && { because: event.because }),
      };
      break;
  }
}

function applyOpened(
  state: RunState,
  event: Extract<Event, { kind: "run-opened" }>,
  entry: Entry,
): void {
  state.startedAt ??= entry.at;
  state.openedAt = entry.at;
  state.fence = event.fence;
  state.interrupted = false;
  if (event.because === "rollback" || event.because === "retry rollback") {
    state.unwindFrom = entry.seq;
    delete state.ended;
  }
}
