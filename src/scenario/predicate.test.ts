import { expect, test } from "vitest";
import { answerOf, sayOf } from "../../test/rig/judge-answer.ts";
import { checkAll } from "./check.ts";

const BODY = `{"id":9007199254740993,"n":25,"f":1.5,"s":"Hello world","e":"","list":[1,2,2],"asc":[1,2,9007199254740993],
"names":["Zoe","anna"],"none":[],"o":{},"mixed":[1,"a"],"objects":[{"a":1,"b":2},{"b":2,"a":1}],
"at":"2026-11-21T11:58:00Z","later":"Sat, 21 Nov 2026 12:10:00 GMT","day":"2026-11-01","local":"2026-11-21T11:58:00",
"users":[{"role":"a","age":3},{"role":"b","age":5}],"nil":null}`;

const P = "passed";

test.each<[string, string, unknown, string | RegExp]>([
  ["both bounds of one map must hold", "$.n", { at_least: 1, at_most: 5 }, /^failed/],
  ["between, both ends included", "$.n", { between: [25, 30] }, P],
  [
    "not between",
    "$.n",
    { between: [1, 5] },
    "failed: json $.n is 25 (number), expected between 1 and 5",
  ],
  ["between, of a text", "$.s", { between: [1, 5] }, /^error/],
  ["starts with", "$.s", { starts_with: "Hello", ends_with: "world" }, P],
  [
    "starts with something else",
    "$.s",
    { starts_with: "hello" },
    'failed: json $.s is "Hello world" (text), expected a text that starts with "hello"',
  ],
  [
    "starts with, of a number",
    "$.n",
    { starts_with: "2" },
    /^error: .*needs a text, this is a number/,
  ],
  ["empty text, list, object", "$.e", { empty: true }, P],
  ["an empty list", "$.none", { empty: true }, P],
  ["an empty object", "$.o", { empty: true }, P],
  ["nothing is not empty", "$.nowhere", { empty: true }, /^failed: .*nothing/],
  ["null is not empty", "$.nil", { empty: true }, /^error/],
  ["not empty", "$.list", { empty: false }, P],
  ["not empty, of nothing", "$.nowhere", { empty: false }, /^failed/],
  ["length of a text", "$.s", { length: 11 }, P],
  [
    "length of a list",
    "$.list",
    { length: { at_least: 4 } },
    "failed: json $.list is length 3 (number), expected length at least 4",
  ],
  ["every", "$.users", { every: { filter: [{ json: "$.age" }], at_least: 3 } }, P],
  [
    "every but one",
    "$.list",
    { every: { at_most: 1 } },
    "failed: json $.list is 2 (number) at item 1, expected at most 1 in every item",
  ],
  [
    "every of an empty list",
    "$.none",
    { every: { exists: true } },
    "failed: json $.none is an empty list, expected every a value",
  ],
  ["not every of an empty list", "$.none", { not: { every: { equals: 1 } } }, /^failed/],
  ["every of nothing", "$.gone[*]", { every: 1 }, /^failed: .*nothing/],
  ["every of a text", "$.s", { every: "H" }, /^error: .*needs a list/],
  [
    "every, where one cannot be judged",
    "$.mixed",
    { every: { at_least: 0 } },
    /^error: .*item 1: at_least needs a number/,
  ],
  ["any", "$.list", { any: 2 }, P],
  ["any of none", "$.list", { any: 3 }, /^failed: .*expected any 3/],
  ["any of an empty list", "$.none", { any: 3 }, /^failed/],
  ["not any of an empty list", "$.none", { not: { any: 3 } }, /^failed/],
  ["unique", "$.asc", { unique: true }, P],
  ["twice the same", "$.list", { unique: true }, /^failed/],
  ["twice the same object", "$.objects", { unique: true }, /^failed/],
  ["unique, of an empty list", "$.none", { unique: true }, /^failed/],
  ["sorted, exactly", "$.asc", { sorted: "asc" }, P],
  ["sorted the other way", "$.asc", { sorted: "desc" }, /^failed/],
  ["sorted texts, by their code", "$.names", { sorted: "asc" }, P],
  ["sorted, of two types", "$.mixed", { sorted: "asc" }, /^error/],
  ["sorted, of an empty list", "$.none", { sorted: "asc" }, /^failed/],
  ["before and after", "$.at", { after: "2026-11-21", before: "now" }, P],
  ["an HTTP date", "$.later", { after: "now" }, P],
  ["within", "$.at", { within: "5m" }, P],
  [
    "within, ahead",
    "$.later",
    { within: "5m" },
    'failed: json $.later is "Sat, 21 Nov 2026 12:10:00 GMT" (text), expected a date within 5m of now',
  ],
  ["a time without a zone is no date", "$.local", { within: "5m" }, /^error: .*needs a date/],
  ["a text is no date", "$.s", { before: "now" }, /^error/],
  ["approximately", "$.f", { approximately: { value: 1.4, tolerance: 0.2 } }, P],
  ["not approximately", "$.f", { approximately: { value: 1, tolerance: 0.2 } }, /^failed/],
  [
    "approximately, exactly",
    "$.id",
    { approximately: { value: 9007199254740992n, tolerance: 0 } },
    /^failed/,
  ],
  ["a 64-bit id is itself", "$.id", { equals: 9007199254740993n }, P],
  [
    "a 64-bit id is not its neighbour",
    "$.id",
    { one_of: [9007199254740992n, 9007199254740994n] },
    /^failed/,
  ],
  [
    "a 64-bit id is greater, exactly",
    "$.id",
    { greater: 9007199254740992n, less: 9007199254740994n },
    P,
  ],
  ["a schema", "$.users", { schema: { type: "array", items: { required: ["role"] } } }, P],
  [
    "a schema that does not hold",
    "$.users[0]",
    { schema: { properties: { age: { type: "string" } } } },
    "failed: json $.users[0]: /age must be text, is 3, expected a value after the schema",
  ],
  ["a schema, of nothing", "$.nowhere", { schema: true }, /^failed: .*nothing/],
  ["not a schema, of nothing", "$.nowhere", { not: { schema: { type: "string" } } }, /^failed/],
  [
    "a schema with a word that is unknown",
    "$.n",
    { schema: { tpye: "string" } },
    /^error: .*unknown keyword/,
  ],
])("%s", async (_, path, expected, told) => {
  const got = await sayOf({ of: "json", path }, expected, { body: BODY });
  if (typeof told === "string") expect(got).toBe(told);
  else expect(got).toMatch(told);
});

test.each([
  [
    "a key that is there twice",
    '{"ok":false,"ok":true}',
    'the key "ok" is there twice (line 1, column 13)',
  ],
  ["NaN", '{"ok":NaN}', "there is no value (line 1, column 7)"],
  ["a comma too many", '{"ok":true,}', "a key in quotes is missing (line 1, column 12)"],
  ["a number without end", '{"ok":1e999}', "1e999 is too large a number (line 1, column 7)"],
  ["an error page", "<html>", "there is no value (line 1, column 1)"],
  ["half an answer", '{"ok":true', 'a "," or "}" is missing (line 1, column 11)'],
])("json with %s is an error", async (_, body, why) => {
  const told = `error: json $.ok cannot be judged: the body cannot be read as JSON: ${why}`;
  for (const expected of [true, { exists: false }, { not: true }])
    expect(await sayOf({ of: "json", path: "$.ok" }, expected, { body })).toBe(told);
});

const user = (name: string) => ({
  id: 1,
  name,
  roles: ["reader", "writer"],
  city: "a".repeat(60),
});

test("two long values are shown with what differs", async () => {
  const at = { file: "s.yaml", line: 1, column: 1 };
  const [miss] = await checkAll(
    [{ query: { of: "json", path: "$" }, expected: { equals: user("Ann") }, at }],
    answerOf({ body: JSON.stringify(user("Bob")) }),
    { answers: () => undefined },
  );
  expect(miss?.diff).toBe(
    `@ line 2\n    "city": "${"a".repeat(60)}",\n    "id": 1,\n-   "name": "Ann",\n+   "name": "Bob",\n    "roles": [\n      "reader",`,
  );
  expect(miss).toMatchObject({
    name: "json $",
    expected: /^\{/,
    outcome: "failed",
    code: "not-as-expected",
  });
});

test("a pattern that explodes elsewhere has no effect in a schema, a filter or a predicate", async () => {
  const body = JSON.stringify({ s: `${"a".repeat(50)}!` });
  const query = { of: "json", path: "$.s" } as const;
  const began = performance.now();
  for (const expected of [
    { matches: "^(a+)+$" },
    { filter: [{ regex: "^(a+)+$" }] },
    { schema: { type: "string", pattern: "^(a+)+$" } },
  ])
    expect(await sayOf(query, expected, { body })).toMatch(/^failed/);
  expect(performance.now() - began).toBeLessThan(2_000);
});
