import { assert, constantFrom, property, string } from "fast-check";
import { expect, test } from "vitest";
import { escapeLookups, literal, parts, resolve } from "./lookup.ts";

const answers = (name: string) => ({ A: "1", "steps.up.url": "http://x", EVIL: "${A}" })[name];

test.each([
  ["a plain text", "hello", { value: "hello" }],
  ["a whole look-up", "${A}", { value: "1" }],
  ["several in one text", "${A}-${steps.up.url}", { value: "1-http://x" }],
  ["an escaped one", "$${A}", { value: "${A}" }],
  ["a literal dollar before one", "${$}${A}", { value: "$1" }],
  ["an answer that looks like a look-up", "${EVIL}", { value: "${A}" }],
  ["a malformed one, left as it is", "${A:-x} ${", { value: "${A:-x} ${" }],
  [
    "deep values, never keys",
    { "${A}": ["${A}", 2, null, { b: true }] },
    { value: { "${A}": ["1", 2, null, { b: true }] } },
  ],
  ["unknown names, each once", ["${B}", "${B} ${C}"], { missing: ["B", "C"] }],
])("answers %s", (_, value, expected) => {
  expect(resolve(value, answers)).toEqual(expected);
});

test("any text made literal reads back unchanged, also right before a look-up", () => {
  assert(
    property(string({ unit: constantFrom("$", "{", "}", "A", ".") }), (text) => {
      expect(resolve(literal(text), answers)).toEqual({ value: text });
      expect(resolve(`${literal(text, true)}\${A}`, answers)).toEqual({ value: `${text}1` });
      expect(resolve(escapeLookups([text]), answers)).toEqual({ value: [text] });
    }),
  );
});

test("the parts of a text say where its look-ups stand", () => {
  expect(parts("x ${A}").at(1)).toEqual({ kind: "look-up", name: "A", start: 2, end: 6 });
});
