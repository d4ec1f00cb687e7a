import { expect, test } from "vitest";
import { simulatedPlan } from "../../test/rig/simulated-world.ts";
import type { Entry, Event, Phase, Result } from "../model/event.ts";
import { stateOf } from "../model/run-state.ts";
import { wayBack } from "./way-back.ts";

const plan = simulatedPlan([
  { id: "check", effect: "read" },
  { id: "migrate", effect: "keyed", undo: true },
  { id: "deploy", effect: "idempotent", undo: true },
  { id: "tell", effect: "keyed", undo: true },
]);

const because = { code: "x", what: "It said no.", fix: "Look." };

/** `deploy/undo:failed`: an attempt with its outcome; without one it is under way. */
function events(word: string): readonly Event[] {
  if (word === "rollback") return [{ kind: "rollback-begun", because }];
  if (word === "rolled back") return [{ kind: "run-ended", as: "rolled back", exit: 4 }];
  const [step = "", phase = "do", outcome] = word.split(/[/:]/);
  const of = { step, phase: phase as Phase, attempt: 1 };
  const started = { kind: "attempt-started", ...of, effect: "keyed", key: word } as const;
  if (outcome === undefined) return [started];
  const result = { outcome, ...(outcome !== "passed" && { failure: because }) } as Result;
  return [started, { kind: "attempt-ended", ...of, durationMs: 1, result }];
}

function history(words: string): readonly Entry[] {
  const rest = { run: "41", at: "2026-01-01T00:00:00Z", previous: "", hash: "" };
  const all = words.split(" ").flatMap((word) => events(word.replace("_", " ")));
  return all.map((event, index) => ({ ...rest, seq: index + 1, event }));
}

const DONE = "check/do:passed migrate/do:passed deploy/do:failed";

test.each([
  ["says nothing before a rollback", DONE, []],
  ["says nothing after it", `${DONE} rollback deploy/undo:passed rolled_back`, []],
  [
    "names what began, newest first, and not what only looks or never began",
    `${DONE} rollback`,
    ["deploy: not taken back yet", "migrate: not taken back yet"],
  ],
  [
    "tells a way back that is not there",
    `${DONE} rollback deploy/probe:failed`,
    ["deploy: not taken back: It said no.", "migrate: not taken back yet"],
  ],
  [
    "does not take a way back that is there for taken",
    `${DONE} rollback deploy/probe:passed migrate/probe:passed deploy/undo`,
    ["deploy: not taken back yet", "migrate: not taken back yet"],
  ],
  [
    "tells what is back from what is not",
    `${DONE} rollback deploy/probe:passed deploy/undo:passed migrate/undo:failed`,
    ["deploy: taken back", "migrate: not taken back: It said no."],
  ],
])("%s", (_, words, expected) => {
  const steps = wayBack(plan, stateOf(history(words)));
  expect(steps.map(({ step, words: said }) => `${step}: ${said}`)).toEqual(expected);
});
