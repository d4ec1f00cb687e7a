import { expect, test } from "vitest";
import { beyond, safeId } from "./keeping.ts";

const kept = (id: string, shownAt: number, isAccepted = true) => ({ id, shownAt, isAccepted });

test.each([
  ["the oldest go", [kept("a", 1), kept("b", 2), kept("c", 3), kept("d", 4)], "d", 3, ["a"]],
  ["the shown one stays, however old", [kept("a", 1), kept("b", 2), kept("c", 3)], "a", 2, ["b"]],
  [
    "the accepted one before stays behind newer ones that never were",
    [kept("a", 1), kept("b", 2, false), kept("c", 3, false), kept("d", 4)],
    "d",
    2,
    ["c", "b"],
  ],
  [
    "what was never shown goes first",
    [kept("a", 0, false), kept("b", 2), kept("c", 3)],
    "c",
    2,
    ["a"],
  ],
])("%s", (_, all, shown, keep, expected) => {
  expect(beyond(all, shown, keep)).toEqual(expected);
});

test.each(["../up", "a/b", ".", "..", "-x", "a~b", ""])("refuses the release id %j", (id) => {
  expect(() => safeId({ id })).toThrow("can't be a part");
});
