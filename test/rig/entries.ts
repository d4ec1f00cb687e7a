import type { Entry, Event } from "../../src/model/event.ts";

/** Journal entries in order, without a journal; each a second after the one before. */
export function entriesOf(...events: readonly Event[]): readonly Entry[] {
  return events.map((event, index) => ({
    run: "1",
    seq: index + 1,
    at: new Date(Date.UTC(2026, 10, 21, 14, 3, index)).toISOString(),
    event,
    previous: "0".repeat(64),
    hash: "0".repeat(64),
  }));
}

export const started = (step: string, phase: "do" | "undo" = "do"): Event => ({
  kind: "attempt-started",
  step,
  phase,
  attempt: 1,
  effect: "keyed",
  key: `1/${step}/${phase}/1`,
});

export const progress = (step: string, text: string): Event => ({
  kind: "progress-made",
  step,
  phase: "do",
  attempt: 1,
  text,
});

export const passed = (step: string, summary = ""): Event => ({
  kind: "attempt-ended",
  step,
  phase: "do",
  attempt: 1,
  durationMs: 1200,
  result: { outcome: "passed", summary },
});
