import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { entriesOf, passed, started } from "../../../test/rig/entries.ts";
import { fakeScreen } from "../../../test/rig/fake-screen.ts";
import { followPlainly } from "./plain.ts";

beforeEach(() => void vi.useFakeTimers({ now: Date.UTC(2026, 10, 21, 14, 3, 0) }));
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test("prints a line for each transition, without any code", () => {
  const screen = fakeScreen(20, 24);
  using follower = followPlainly(screen);
  for (const entry of entriesOf(started("build"), passed("build", "made of many many words")))
    follower.entry(entry);
  expect(screen.writes).toEqual([
    "[14:03:00] · build …\n",
    "[14:03:01] ✓ build  1.2 s  made of many many words\n",
  ]);
});

test("says every 15 seconds that a silent step is still going", () => {
  const screen = fakeScreen(80, 24);
  using follower = followPlainly(screen);
  follower.entry(entriesOf(started("up"))[0]!);
  vi.advanceTimersByTime(14_900);
  expect(screen.writes).toHaveLength(1);
  vi.advanceTimersByTime(20_100);
  expect(screen.writes.slice(1)).toEqual([
    "[14:03:15] … up still going, 15 s\n",
    "[14:03:30] … up still going, 30 s\n",
  ]);
});

test("names each of the steps that go side by side", () => {
  const screen = fakeScreen(80, 24);
  using follower = followPlainly(screen);
  for (const entry of entriesOf(started("a"), started("b"))) follower.entry(entry);
  vi.advanceTimersByTime(15_000);
  expect(screen.writes.slice(2).join("")).toBe(
    "[14:03:15] … a still going, 15 s\n[14:03:15] … b still going, 15 s\n",
  );
});

test("is silent while nothing is under way, and after its end", () => {
  const screen = fakeScreen(80, 24);
  const follower = followPlainly(screen);
  for (const entry of entriesOf(started("a"), passed("a"))) follower.entry(entry);
  vi.advanceTimersByTime(60_000);
  follower.entry(entriesOf(started("b"))[0]!);
  follower[Symbol.dispose]();
  vi.advanceTimersByTime(60_000);
  expect(screen.writes).toHaveLength(3);
});
