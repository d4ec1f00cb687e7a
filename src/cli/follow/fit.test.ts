import { expect, test } from "vitest";
import { columnsOf, cut, wrap } from "./fit.ts";

test.each([
  ["", 0],
  ["plain", 5],
  ["\u001b[31mred\u001b[0m", 3],
  ["日本", 4],
  ["👍", 2],
  ["❤️", 2],
  ["e\u0301", 1],
  ["👨‍👩‍👧", 2],
  ["⠹ ✓ … é", 7],
])("%j takes %i columns", (text, columns) => {
  expect(columnsOf(text)).toBe(columns);
});

test.each([
  ["fits", 4, "fits"],
  ["does not fit", 8, "does no…"],
  ["日本語", 4, "日…"],
  ["two  spaces", 20, "two  spaces"],
  ["two\n\tlines", 20, "two lines"],
  ["anything", 1, "…"],
  ["anything", 0, ""],
])("%j is cut to %i columns as %j", (text, columns, expected) => {
  expect(cut(text, columns)).toBe(expected);
});

test.each([
  ["a line that fits", 20, "a line that fits"],
  ["a line that does not fit", 12, "a line that\n  does not\n  fit"],
  ["  ✓ keeps  its   spaces", 30, "  ✓ keeps  its   spaces"],
  [
    "see http://example.com/too/long/for/a/line now",
    12,
    "see http://example.com/too/long/for/a/line\n  now",
  ],
])("%j is wrapped at %i columns", (text, columns, expected) => {
  expect(wrap(text, { columns, indent: 2 })).toBe(expected);
});
