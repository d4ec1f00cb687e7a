import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { entriesOf, passed, progress, started } from "../../../test/rig/entries.ts";
import { fakeScreen } from "../../../test/rig/fake-screen.ts";
import { columnsOf } from "./fit.ts";
import { followOnScreen } from "./screen.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test("prints what is finished once, and only redraws what is under way", () => {
  const screen = fakeScreen(80, 24);
  const follower = followOnScreen(screen);
  for (const entry of entriesOf(started("build"), passed("build"), started("up")))
    follower.entry(entry);
  vi.advanceTimersByTime(1_500);
  expect(screen.seen()).toEqual(["[14:03:01] ✓ build  1.2 s", "⠹ up  1.4 s"]);
  follower.entry(entriesOf(passed("up", "v2 serves"))[0]!);
  follower[Symbol.dispose]();
  expect(screen.seen()).toEqual(["[14:03:01] ✓ build  1.2 s", "[14:03:00] ✓ up  1.2 s  v2 serves"]);
  expect(screen.writes.join("").split("✓ build")).toHaveLength(2);
});

test("takes away what it drew when it ends, and draws nothing afterwards", () => {
  const screen = fakeScreen(80, 24);
  const follower = followOnScreen(screen);
  for (const entry of entriesOf(started("a"), started("b"), progress("b", "half of it")))
    follower.entry(entry);
  vi.advanceTimersByTime(130);
  expect(screen.seen()).toEqual(["⠙ a  120 ms", "⠙ b  120 ms  half of it"]);
  follower[Symbol.dispose]();
  vi.advanceTimersByTime(10_000);
  expect(screen.seen()).toEqual([]);
});

test.each([
  ["a few rows", 80, 5],
  ["hardly any row", 80, 3],
  ["no row to spare", 80, 2],
  ["few columns", 12, 24],
  ["one column", 1, 24],
])("never draws more than the screen holds: %s", (_, columns, rows) => {
  const screen = fakeScreen(columns, rows);
  const follower = followOnScreen(screen);
  for (let n = 1; n <= 30; n += 1) {
    follower.entry(entriesOf(started(`step-${n}`))[0]!);
    follower.entry(entriesOf(progress(`step-${n}`, "a long word ".repeat(30)))[0]!);
  }
  vi.advanceTimersByTime(1_000);
  for (const write of screen.writes) {
    const lines = screen.linesOf(write);
    expect(lines.length).toBeLessThanOrEqual(Math.max(0, rows - 2));
    for (const line of lines) expect(columnsOf(line)).toBeLessThan(Math.max(2, columns));
  }
  follower[Symbol.dispose]();
  expect(screen.seen()).toEqual([]);
});

test("says how many steps have no line of their own", () => {
  const screen = fakeScreen(80, 6);
  using follower = followOnScreen(screen);
  for (let n = 1; n <= 9; n += 1) follower.entry(entriesOf(started(`step-${n}`))[0]!);
  expect(screen.seen()).toEqual(["⠋ step-1  0 ms", "⠋ step-2  0 ms", "⠋ and 7 more"]);
});

test("shows words that a step says on one line, without their colours and cursor moves", () => {
  const screen = fakeScreen(60, 24);
  using follower = followOnScreen(screen);
  const said = "\u001b[31mred\u001b[0m\ttab\nnext\u001b[2Aup\u001b]0;title\u0007 日本 👍";
  for (const entry of entriesOf(started("up"), progress("up", said))) follower.entry(entry);
  expect(screen.seen()).toEqual(["⠋ up  0 ms  red tab nextup 日本 👍"]);
});

test("leaves no row behind after the window was made narrower", () => {
  const screen = fakeScreen(40, 24);
  const follower = followOnScreen(screen);
  for (const entry of entriesOf(
    started("up"),
    progress("up", "waiting until it is ready to serve"),
  ))
    follower.entry(entry);
  const drawn = screen.writes.at(-1) ?? "";
  // As terminals do: what is on the screen is laid out anew.
  const narrow = fakeScreen(15, 24);
  narrow.err(drawn);
  expect(narrow.seen().length).toBe(3);
  screen.columns = 15;
  follower[Symbol.dispose]();
  narrow.err(screen.writes.at(-1) ?? "");
  expect(narrow.seen()).toEqual([]);
});

test("breaks long finished lines between words, and goes on under their text", () => {
  const screen = fakeScreen(44, 24);
  using follower = followOnScreen(screen);
  follower.entry(
    entriesOf(passed("backup", "there is no such database yet, so nothing to do"))[0]!,
  );
  expect(screen.seen()).toEqual([
    "[14:03:00] ✓ backup  1.2 s  there is no",
    "             such database yet, so nothing",
    "             to do",
  ]);
});

test("puts a word from outside above what is under way, over the ^C that the terminal echoed, and leaves it there", () => {
  const screen = fakeScreen(24, 24);
  const follower = followOnScreen(screen);
  follower.entry(entriesOf(started("up"))[0]!);
  screen.err("^C");
  follower.say("! stopping at the next safe point\n");
  expect(screen.seen()).toEqual(["! stopping at the next", "  safe point", "⠋ up  0 ms"]);
  follower[Symbol.dispose]();
  expect(screen.seen()).toEqual(["! stopping at the next", "  safe point"]);
});

test("turns without letters that the terminal may not have", () => {
  const screen = { ...fakeScreen(80, 24), utf8: false };
  using follower = followOnScreen(screen);
  follower.entry(entriesOf(started("up", "undo"))[0]!);
  expect(screen.seen()).toEqual(["* up: taking back  0 ms"]);
});
