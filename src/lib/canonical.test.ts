import { expect, test } from "vitest";
import { assert, jsonValue, property } from "fast-check";
import { canonicalJson } from "./canonical.ts";

test.each([
  [
    "sorts keys by UTF-16 code units, as in RFC 8785",
    { "\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\ud83d\ude00": 5, "\u0080": 6, "\u00f6": 7 },
    '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}',
  ],
  [
    "prints numbers as ECMAScript does",
    [333333333.3333333, 1e30, 4.5, 2e-3, 1e-27, -0],
    "[333333333.3333333,1e+30,4.5,0.002,1e-27,0]",
  ],
  [
    "sorts at every depth and keeps the order of lists",
    [{ b: { d: 1, c: [2, 1] }, a: null }],
    '[{"a":null,"b":{"c":[2,1],"d":1}}]',
  ],
  ["leaves members without a value out", { a: undefined, b: false }, '{"b":false}'],
  [
    "escapes what must be escaped and nothing else",
    '\u0000\b\n"\\/ü\u2028\ud83d',
    '"\\u0000\\b\\n\\"\\\\/ü\u2028\\ud83d"',
  ],
  ["keeps a member named __proto__", JSON.parse('{"__proto__":{"a":1}}'), '{"__proto__":{"a":1}}'],
  ["takes an object without a prototype", Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
])("%s", (_, value, expected) => {
  expect(canonicalJson(value)).toBe(expected);
});

test.each([
  ["NaN", Number.NaN],
  ["Infinity", [Number.POSITIVE_INFINITY]],
  ["undefined", undefined],
  ["undefined", [undefined]],
  ["function", { act: () => {} }],
  ["bigint", 1n],
  ["symbol", Symbol("a")],
  ["a Date", new Date(0)],
  ["a Map", new Map()],
])("refuses %s, which JSON cannot hold", (name, value) => {
  expect(() => canonicalJson(value)).toThrow(`JSON cannot hold ${name}`);
});

test("says the same as the value, and the same again when read back", () => {
  assert(
    property(jsonValue(), (value) => {
      const text = canonicalJson(value);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(canonicalJson(JSON.parse(text))).toBe(text);
    }),
  );
});
