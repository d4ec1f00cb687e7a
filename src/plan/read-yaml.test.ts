import { expect, test } from "vitest";
import { readYaml } from "./read-yaml.ts";

const nested = (depth: number) =>
  Array.from({ length: depth }, (_, level) => `${"  ".repeat(level)}a:`).join("\n");

test.each([
  ["a byte order mark", "\uFEFFa: 1", { a: 1 }],
  ["Windows line ends", "a: 1\r\nb: [1, 2]\r\n", { a: 1, b: [1, 2] }],
  [
    "words that other YAML takes for truth values",
    "a: yes\nb: on\nc: 0x10\nd: 010",
    { a: "yes", b: "on", c: 16, d: 10 },
  ],
  ["an empty text", "", null],
  ["keys that look like numbers", "409: locked", { "409": "locked" }],
  ["nothing as a value", "a:\nb: ~", { a: null, b: null }],
  ["what looks like a merge key in quotes", '"<<": { a: 1 }', { "<<": { a: 1 } }],
  ["31 levels", nested(31), undefined],
])("reads %s", (_, text, expected) => {
  const read = readYaml("f", text);
  expect(read.ok).toBe(true);
  if (read.ok && expected !== undefined) expect(read.value.json).toEqual(expected);
});

test.each([
  ["an anchor", "a: &x 1", "1:4 not-allowed"],
  ["an alias", "a: &x 1\nb: *x", "1:4 not-allowed, 2:4 not-allowed"],
  ["a merge key", "<<: { a: 1 }", "1:1 not-allowed"],
  ["a tag", "a: !!js/function 'x'", "1:4 not-allowed"],
  ["a directive", "%YAML 1.1\n---\na: 1", "1:1 not-allowed"],
  ["a second document", "a: 1\n---\nb: 2", "2:1 not-yaml"],
  ["a tab as indentation", "a:\n\t- b", "2:1 not-yaml"],
  ["a key written twice", "a: 1\nb: 2\na: 3", "3:1 duplicate-key"],
  [
    "keys that reach into prototypes",
    "__proto__: { a: 1 }\nb: { constructor: 1, prototype: 2 }",
    "1:1 key-not-allowed, 2:6 key-not-allowed, 2:22 key-not-allowed",
  ],
  ["a key that is no text", "[1, 2]: 3", "1:1 not-yaml"],
  [
    "numbers that cannot be kept",
    "a: 1e999\nb: 12345678901234567890\nc: .nan",
    "1:4 number-too-large, 2:4 number-too-large, 3:4 number-too-large",
  ],
  ["bytes that are no text", "a: 1\nb: \u0000", "2:4 not-text"],
  ["bytes that are no UTF-8", "a: \uFFFD", "1:4 not-text"],
  ["40 levels", nested(40), "34:67 too-deep"],
  ["more than 256 KiB", `a: ${"é".repeat(140_000)}`, "1:1 file-too-large"],
  ["more than 20,000 values", `a: [${"1,".repeat(20_500)}]`, "1:40001 too-many-values"],
  ["more than 40,000 marks", `a: [${"1,".repeat(60_000)}]`, "1:79999 too-many-values"],
])("refuses %s and says where", (_, text, expected) => {
  const { ok, diagnostics } = readYaml("f", text);
  expect(ok).toBe(false);
  expect(diagnostics.map(({ line, column, code }) => `${line}:${column} ${code}`).join(", ")).toBe(
    expected,
  );
});

test.each([
  ["flow lists", `a: ${"[".repeat(100_000)}`],
  ["flow lists with brackets in quotes", `a: ${'["]",'.repeat(40_000)}`],
  ["flow maps", `a: ${"{a: ".repeat(50_000)}`],
  ["lists in lists on one line", "- ".repeat(100_000)],
  ["explicit keys", "? ".repeat(100_000)],
  ["values of nothing", ": ".repeat(100_000)],
  ["explicit keys in a flow list", `[${"? ".repeat(100_000)}`],
  ["pairs in a flow list", `[${"a: ".repeat(60_000)}`],
  ["lists under keys", `a: ${"- ".repeat(100_000)}`],
  [
    "ever deeper lines",
    Array.from({ length: 650 }, (_, level) => `${" ".repeat(level)}a:`).join("\n"),
  ],
  ["line ends", "\n".repeat(250_000)],
  ["document marks", "---\n".repeat(60_000)],
  ["open quotes", `a: "${"\\x".repeat(100_000)}`],
  ["one long key", `${"k".repeat(250_000)}: 1`],
  ["many keys", Array.from({ length: 9_999 }, (_, index) => `k${index}: 1`).join("\n")],
  [
    "a megabyte of keys",
    Array.from({ length: 100_000 }, (_, index) => `key${index}: 1`).join("\n"),
  ],
])("comes to an end soon with %s", (_, text) => {
  const started = performance.now();
  readYaml("f", text);
  expect(performance.now() - started).toBeLessThan(15_000);
});

test("points at keys and values by their offsets in the text", () => {
  const read = readYaml("f", "a:\n  - b: two");
  if (!read.ok) throw new Error("it must be read");
  const spot = read.value.root.parts.get("a")?.parts.get(0)?.parts.get("b");
  expect(spot?.key).toEqual({ start: 7, end: 8 });
  expect(spot?.value).toEqual({ start: 10, end: 13 });
});
