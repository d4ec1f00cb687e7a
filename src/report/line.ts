import { showDuration } from "../lib/duration.ts";
import type { Ending, Entry, Event, Phase, Result } from "../model/event.ts";
import type { Failure } from "../model/failure.ts";
import { letsGoOn, type Outcome } from "../model/outcome.ts";

/** One line about one event, before anybody decided on colours or marks. */
export interface Line {
  readonly tone: "head" | "good" | "bad" | "warn" | "back" | "note" | "quiet";
  readonly text: string;
  /** 0 for what happened, 1 and more for what belongs to it. */
  readonly indent: number;
}

/** What an event says to a person. Each renderer for people is made from these lines. */
export function linesOf({ run, event }: Entry): readonly Line[] {
  return "attempt" in event ? attemptLines(event) : runLines(run, event);
}

type AttemptEvent = Extract<Event, { attempt: number }>;
type RunEvent = Exclude<Event, { attempt: number }>;

function attemptLines(event: AttemptEvent): readonly Line[] {
  const name = `${event.step}${nth(event.attempt)}`;
  switch (event.kind) {
    case "attempt-started":
      return [line("quiet", `${name}${doing(event.phase)} …`)];
    case "fact-noted":
      return [];
    case "progress-made":
      return [line(event.outcome === "failed" ? "warn" : "quiet", event.text, 1)];
    case "attempt-ended":
      return endedLines(event, event.result);
    case "attempt-lost":
      return [line("warn", `${name}: outcome lost. ${event.why}`)];
    case "retry-planned":
      return [
        line(
          "warn",
          `${event.step}: try ${event.attempt} not before ${clockTime(event.notBefore)}`,
        ),
      ];
  }
}

function runLines(run: string, event: RunEvent): readonly Line[] {
  switch (event.kind) {
    case "run-planned":
      return [
        line("head", `run ${run}: ${event.plan} of ${event.project} on ${event.environment}`),
      ];
    case "run-opened":
      return event.because === "start"
        ? []
        : [line("head", `run ${run} goes on (${event.because})`)];
    case "run-interrupted":
      return [line("warn", `run ${run} stopped at a safe point by ${event.by}`)];
    case "step-skipped":
      return [line("note", `${event.step} skipped: ${event.because}`)];
    case "question-asked": {
      const choices = event.choices.join(", ");
      return [
        line("warn", `${event.step} waits for a decision: ${choices}`),
        ...failureLines(event.because),
      ];
    }
    case "decision-made":
      return [
        line("note", `${event.by} decided on ${event.step}: ${event.choice} (${event.reason})`),
      ];
    case "cancel-asked":
      return [
        line("warn", `${event.by} cancelled the run${event.reason ? `: ${event.reason}` : ""}`),
      ];
    case "rollback-begun":
      return [line("back", rollingBack(event))];
    case "run-ended":
      return [line(ENDINGS[event.as], `run ${run} ${event.as} (exit ${event.exit})`)];
  }
}

/** A step has said its own reason just above. */
function rollingBack({ step, because }: Extract<Event, { kind: "rollback-begun" }>): string {
  return step === undefined
    ? `rolling back: ${because.what}`
    : `rolling back, because ${step} did not pass`;
}

const ENDINGS: Readonly<Record<Ending, Line["tone"]>> = {
  accepted: "good",
  refused: "bad",
  failed: "bad",
  "rolled back": "back",
  "rollback failed": "bad",
  stopped: "bad",
};

/** A failure, always in this order: what, where, its own words, the hint, what to do. */
export function failureLines(failure: Failure): readonly Line[] {
  const { at, detail, hint } = failure;
  return [
    line("bad", failure.what, 1),
    ...(at ? [line("quiet", `at ${at.file}:${at.line}:${at.column}`, 1)] : []),
    ...(detail
      ? detail
          .trimEnd()
          .split("\n")
          .map((text) => line("quiet", `| ${text}`, 1))
      : []),
    ...(hint
      ? hint
          .trimEnd()
          .split("\n")
          .map((text) => line("warn", `hint: ${text}`, 1))
      : []),
    ...failure.fix
      .split("\n")
      .map((text, index) => line("note", `${index === 0 ? "fix:" : "    "} ${text}`, 1)),
  ];
}

type Ended = Extract<Entry["event"], { kind: "attempt-ended" }>;

/** Of what went well. */
const TONES: Readonly<Record<Phase, Line["tone"]>> = {
  do: "good",
  evidence: "note",
  probe: "back",
  undo: "back",
  prove: "back",
  accept: "note",
};

function endedLines(ended: Ended, result: Result): readonly Line[] {
  const good = letsGoOn(result.outcome);
  const tone = good ? TONES[ended.phase] : "bad";
  const word = good ? done(ended.phase) : notDone(ended.phase, result.outcome);
  const summary = result.summary ? `  ${result.summary}` : "";
  const name = `${ended.step}${nth(ended.attempt)}${word}`;
  return [
    line(tone, `${name}  ${showDuration(ended.durationMs)}${summary}`),
    ...(result.warnings ?? []).map((text) => line("warn", text, 1)),
    ...(result.failure && !good ? failureLines(result.failure) : []),
  ];
}

/** What an attempt is about, behind the name of its step. */
export function doing(phase: Phase): string {
  return {
    do: "",
    evidence: ": keeping evidence",
    probe: ": probing the way back",
    undo: ": taking back",
    prove: ": proving",
    accept: ": tidying up",
  }[phase];
}

function done(phase: Phase): string {
  return {
    do: "",
    evidence: ": evidence kept",
    probe: ": the way back is there",
    undo: ": taken back",
    prove: ": proven",
    accept: ": tidied up",
  }[phase];
}

function notDone(phase: Phase, outcome: Outcome): string {
  if (phase === "do" || outcome === "unknown") return ` ${outcome}`;
  return {
    evidence: ": evidence not kept",
    probe: ": the way back is not there",
    undo: ": not taken back",
    prove: ": not proven",
    accept: ": not tidied up",
  }[phase];
}

function nth(attempt: number): string {
  return attempt > 1 ? ` (attempt ${attempt})` : "";
}

/** `14:03:22` in UTC, from RFC 3339. */
export function clockTime(at: string): string {
  return at.slice(11, 19);
}

function line(tone: Line["tone"], text: string, indent = 0): Line {
  return { tone, text, indent };
}
