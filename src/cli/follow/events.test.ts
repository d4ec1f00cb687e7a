import { expect, test } from "vitest";
import { entriesOf, passed, started } from "../../../test/rig/entries.ts";
import { fakeScreen } from "../../../test/rig/fake-screen.ts";
import { followAsEvents } from "./events.ts";

test("opens the stream with its version, then gives each entry as it is, one line each", () => {
  const screen = fakeScreen(80, 24);
  const entries = entriesOf(started("up"), passed("up", "two\nlines"));
  using follower = followAsEvents(screen, "1.2.3");
  for (const entry of entries) follower.entry(entry);
  const lines = screen.result.join("").trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    { type: "version", stream: "seaworthy-events/1", tool: "1.2.3" },
    ...entries.map((entry) => ({ type: "entry", ...entry })),
  ]);
});

test("keeps words from outside out of the stream", () => {
  const screen = fakeScreen(80, 24);
  using follower = followAsEvents(screen, "1.2.3");
  follower.say("! stopping\n");
  expect(screen.result).toHaveLength(1);
  expect(screen.writes).toEqual(["! stopping\n"]);
});
