import { expect, test } from "vitest";
import { entriesOf, passed, progress, started } from "../../test/rig/entries.ts";
import { plainLog } from "./plain.ts";

test("what steps say that go side by side carries their names, also of the one that goes on alone", () => {
  const log = plainLog(
    entriesOf(
      started("alone"),
      progress("alone", "half of it"),
      passed("alone"),
      started("a"),
      started("b"),
      progress("a", "1/3 Order tea"),
      passed("a"),
      progress("b", "2/3 Order tea"),
      passed("b"),
      started("b", "undo"),
      progress("b", "taking it back"),
    ),
  );
  const said = log.split("\n").filter((line) => line.includes("]     "));
  expect(said.map((line) => line.slice(11).trim())).toEqual([
    "half of it",
    "a: 1/3 Order tea",
    "b: 2/3 Order tea",
    "taking it back",
  ]);
});
