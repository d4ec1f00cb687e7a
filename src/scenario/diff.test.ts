import { expect, test } from "vitest";
import { diff } from "./diff.ts";

const lines = (count: number, change: Readonly<Record<number, string>> = {}) =>
  Array.from({ length: count }, (_, at) => change[at] ?? `line ${at}`).join("\n");

test("shows what changed with the lines around it", () => {
  expect(diff(lines(40), lines(40, { 20: "another" }))).toBe(
    "@ line 19\n  line 18\n  line 19\n- line 20\n+ another\n  line 21\n  line 22",
  );
});

test("keeps the lines that both sides have", () => {
  expect(diff("a\nb\nc\nd", "a\nc\nd\ne")).toBe("  a\n- b\n  c\n  d\n+ e");
});

test("folds what lies between two changes, and long runs", () => {
  expect(diff(lines(30), lines(30, { 3: "x", 20: "y" }))).toBe(
    "@ line 2\n  line 1\n  line 2\n- line 3\n+ x\n  line 4\n  line 5\n  …\n  line 18\n  line 19\n- line 20\n+ y\n  line 21\n  line 22",
  );
  const long = diff(lines(300), "nothing of it")?.split("\n") ?? [];
  expect(long).toEqual([
    ...Array.from({ length: 5 }, (_, at) => `- line ${at}`),
    "- … 295 lines more",
    "+ nothing of it",
  ]);
});

test.each([
  ["two long texts", lines(5_000), lines(5_000).replaceAll("line", "row")],
  ["every second line", lines(400), lines(400).replaceAll(/line (\d*[02468])\n/g, "row $1\n")],
  ["one line of a megabyte", "a".repeat(1_000_000), `${"a".repeat(999_999)}b`],
])("of %s it has at most 20 lines of readable width", (_, expected, actual) => {
  const began = performance.now();
  const told = diff(expected, actual)?.split("\n") ?? [];
  expect(told.length).toBeLessThanOrEqual(20);
  expect(told.some((line) => line.startsWith("+"))).toBe(true);
  expect(Math.max(...told.map(({ length }) => length))).toBeLessThan(200);
  expect(performance.now() - began).toBeLessThan(1_000);
});

test("a long line is cut to where it begins to differ", () => {
  const told = diff(`${"a".repeat(500)}b`, `${"a".repeat(500)}c`);
  expect(told).toBe(`- …${"a".repeat(40)}b\n+ …${"a".repeat(40)}c`);
});

test("equal texts have none", () => {
  expect(diff("a", "a")).toBeUndefined();
});
