import { expect, test } from "vitest";
import { readYamlText as readWith, type YamlOptions } from "./yaml-text.ts";

const caps = { bytes: 1_048_576, depth: 40, nodes: 50_000 };
const readYamlText = (text: string, more: Partial<YamlOptions> = { bigIntegers: true }) =>
  readWith(text, { caps, ...more });

test("reads plain maps, lists and scalars, and knows where each is", () => {
  const read = readYamlText('a: 1\nlist:\n  - "x": true\n    200: null\n');
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  expect(read.text.value).toEqual({ a: 1, list: [{ x: true, "200": null }] });
  expect(read.text.place(["a"])).toEqual({ line: 1, column: 4, length: 1 });
  expect(read.text.keyPlace(["list", 0, "x"])).toEqual({ line: 3, column: 5, length: 3 });
  expect(read.text.place(["list", 0, "200"])).toEqual({ line: 4, column: 10, length: 4 });
  expect(read.text.place(["list", 0, "nowhere"])).toMatchObject({ line: 3 });
});

test("keeps integers beyond 2^53 exact", () => {
  const read = readYamlText("id: 123456789012345678901\nsmall: 42\nnegative: -9\n");
  expect(read.ok && read.text.value).toEqual({
    id: 123456789012345678901n,
    small: 42,
    negative: -9,
  });
});

test.each([
  ["a repeated key", "a: 1\nb: 2\na: 3\n", "duplicate-key", 3, 1],
  ["a key repeated as number and text", '1: a\n"1": b\n', "duplicate-key", 2, 1],
  ["an alias", "a: &x 1\nb: *x\n", "not-allowed", 1, 4],
  ["an anchor alone", "a: &x { b: 1 }\n", "not-allowed", 1, 4],
  ["a merge key", "a:\n  <<: { b: 1 }\n", "not-allowed", 2, 3],
  ["an unknown tag", "a: !js 1\n", "not-allowed", 1, 4],
  ["a known tag", "a: !!str 1\n", "not-allowed", 1, 4],
  ["__proto__", "__proto__: { x: 1 }\n", "key-not-allowed", 1, 1],
  ["a map as a key", "? { a: 1 }\n: 2\n", "not-yaml", 1, 3],
  ["no number of JSON", "a: .inf\n", "number-too-large", 1, 4],
  ["broken syntax", "a: [1, 2\n", "not-yaml", 2, 1],
  ["a tab as indent", "a:\n\t- b\n", "not-yaml", 2, 1],
  ["two documents", "a: 1\n---\nb: 2\n", "not-yaml", 2, 1],
  ["too much depth", `a: ${"[".repeat(60)}${"]".repeat(60)}\n`, "too-deep", 1, 44],
  ["depth that ends the stack", `a: ${"[".repeat(200_000)}`, "too-deep", 1, 44],
  ["too many values", `[${"1,".repeat(50_001)}]`, "too-many-values", 1, undefined],
  ["too long a text", `# ${"x".repeat(1_048_576)}`, "file-too-large", 1, undefined],
])("refuses %s", (_, text, code, line, column) => {
  const read = readYamlText(text);
  const fault = read.ok ? undefined : read.faults[0];
  expect(fault).toMatchObject({ code, line });
  if (column !== undefined) expect(fault?.column).toBe(column);
});

test("names every fault, not only the first", () => {
  const read = readYamlText("a: &x 1\na: 2\n<<: {}\n");
  expect(read.ok ? [] : read.faults.map(({ code }) => code)).toEqual([
    "not-allowed",
    "duplicate-key",
    "not-allowed",
  ]);
});

test("does not add to the prototype of objects", () => {
  const read = readYamlText('constructor: 1\n"toString": 2\n');
  expect(read.ok && read.text.value).toEqual({ constructor: 1, toString: 2 });
});
