import { expect, test } from "vitest";
import { simulatedPlan } from "../../test/rig/simulated-world.ts";
import { entriesOf, started } from "../../test/rig/entries.ts";
import type { Event } from "../model/event.ts";
import { summaryPage } from "./page.ts";
import { recordOf } from "./record.ts";
import { shortened } from "./shortened.ts";

const plan = simulatedPlan([{ id: "up", effect: "idempotent", undo: true }]);
const failed = (lines: number) => {
  const detail = Array.from({ length: lines }, (_, n) => `word ${n + 1}`).join("\n");
  const failure = { code: "c", what: "It died.", fix: "Mend it.", detail: `${detail}\n` };
  const result = { outcome: "failed", failure } as const;
  const attempt = { step: "up", phase: "do", attempt: 1, durationMs: 5 } as const;
  const ended: Event = { kind: "attempt-ended", ...attempt, result };
  const over: Event = { kind: "run-ended", as: "failed", exit: 4, because: failure };
  return { failure, run: { id: "4", plan, entries: entriesOf(started("up"), ended, over) } };
};

test("the last words about a run hold the end of a failure's own, and say where the others are", () => {
  const { failure, run } = failed(50);
  const short = shortened(recordOf(run), failure);

  expect(short.more).toEqual([["more", "seaworthy logs 4/up"]]);
  const lines = short.failure?.detail?.split("\n") ?? [];
  expect([lines.length, lines[0], lines[1], lines.at(-1)]).toEqual([
    13,
    "… 38 lines before these",
    "word 39",
    "word 50",
  ]);
  const other = shortened({ run: "4", steps: [] }, failure);
  expect(other.more).toEqual([["more", "seaworthy logs 4"]]);
});

test("a failure with few words of its own is said whole", () => {
  const { failure, run } = failed(12);
  expect(shortened(recordOf(run), failure)).toEqual({ failure, more: [] });
  expect(shortened(recordOf(run), undefined)).toEqual({ failure: undefined, more: [] });
});

test.each([
  [20, "", "<pre>word 1 "],
  [21, "1 line before these is left out here", "<pre>word 2 "],
  [60, "40 lines before these are left out here", "<pre>word 41 "],
])(
  "the page says of %i lines what it leaves out above the log that has all",
  (lines, cut, first) => {
    const page = summaryPage(failed(lines).run).replaceAll(/\s+/g, " ");
    expect(page).toContain(cut);
    expect(page.includes("left out here")).toBe(cut !== "");
    expect(page).toContain(first);
    expect(page).toContain("| word 1<");
  },
);
