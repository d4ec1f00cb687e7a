import { expect, test } from "vitest";
import { onlyBad, sideBySide, type Cell, type Comparison } from "./side-by-side.ts";

const yes = (text: string): Cell => ({ text, isGood: true, advice: "" });
const no = (text: string, advice: string): Cell => ({ text, isGood: false, advice });
const KITCHENS: Comparison = {
  questions: ["oven", "flour 1 kg", "eggs"],
  sides: [
    { name: "north", cells: [yes("180 °C"), no("200 g", "Buy flour."), undefined] },
    { name: "south", cells: [yes("175 °C"), no("900 g", "Buy flour."), yes("6")] },
  ],
};

test("has a column for each side, and says the same advice once", () => {
  expect(sideBySide(KITCHENS, 120)).toBe(`\
CHECK       north     south     WHAT TO DO
oven        180 °C    175 °C
flour 1 kg  NO 200 g  NO 900 g  north, south: Buy flour.
eggs        –         6
`);
});

test("puts the advice below where lines are short, and sides below each other where they are shorter", () => {
  expect(sideBySide(KITCHENS, 50)).toMatch(
    /\neggs +– +6\n\nWHAT TO DO\n {2}flour 1 kg, north, south: Buy/,
  );
  expect(sideBySide(KITCHENS, 26)).toBe(`\
       oven    flour 1 kg
north  180 °C  NO 200 g
south  175 °C  NO 900 g

       eggs
north  –
south  6

WHAT TO DO
  flour 1 kg, north,
    south: Buy flour.
`);
});

test("says in full below what is cut in its cell", () => {
  const long = "no flour that is not older than the house";
  const text = sideBySide(
    { questions: ["flour"], sides: [{ name: "east", cells: [no(long, "Buy.")] }] },
    120,
  );

  expect(text).toContain("NO no flour that is not olde…");
  expect(text).toContain(`east: ${long}. Buy.`);
});

test("leaves out what is good, when it is told to", () => {
  expect(onlyBad(KITCHENS)).toMatchObject({ questions: ["flour 1 kg"], sides: [{}, {}] });
});
