import { expect, test } from "vitest";
import { NOW, sayOf } from "../../test/rig/judge-answer.ts";

const JWT = `e30.${Buffer.from('{"sub":"7","exp":1795000000}').toString("base64url")}.sig`;
const BODY = JSON.stringify({
  text: " Hello ",
  csv: "a,b,c",
  n: "12.50",
  big: "9007199254740993",
  inner: '{"id":9007199254740993}',
  b64: "aMOp",
  url: "a%20b+c",
  jwt: JWT,
  bearer: `Bearer ${JWT}`,
  day: "2026-12-01T12:00:00Z",
  past: "2026-11-20T12:00:00Z",
  list: [3, 1, 2],
  items: [{ id: 1 }, { id: 2 }],
  none: [],
  num: 5,
});

const say = (path: string, expected: unknown) =>
  sayOf({ of: "json", path }, expected, { body: BODY });

test.each<[string, unknown[], unknown]>([
  ["$.text", ["trim", "lower"], "hello"],
  ["$.text", ["trim", "upper"], "HELLO"],
  ["$.text", ["trim", "length"], 5],
  ["$.csv", [{ split: "," }, "last"], "c"],
  ["$.csv", [{ split: "," }, { nth: -2 }], "b"],
  ["$.csv", [{ split: "," }, "count"], 3],
  ["$.n", ["number"], 12.5],
  ["$.big", ["number"], { equals: 9007199254740993n }],
  ["$.inner", ["json"], { equals: { id: 9007199254740993n } }],
  ["$.inner", [{ json: "$.id" }], { equals: 9007199254740993n }],
  ["$.items", [{ json: "$[?@.id == 2].id" }, "first"], 2],
  ["$.b64", ["base64"], "hé"],
  ["$.url", ["url"], "a b c"],
  ["$.jwt", ["jwt", { json: "$.sub" }], "7"],
  ["$.bearer", ["jwt", { json: "$.exp" }, "epoch"], { after: "2026-01-01" }],
  ["$.day", ["days_until"], 10],
  ["$.past", ["days_until"], -1],
  ["$.num", ["text"], "5"],
  ["$.csv", ["sha256"], { matches: "^[0-9a-f]{64}$" }],
  ["$.text", [{ regex: "H(.)l" }], "e"],
  ["$.text", [{ regex: "(H)(.)l", group: 2 }], "e"],
  ["$.items[*].id", ["last"], 2],
])("%s through %j", async (path, filter, wanted) => {
  const predicates = typeof wanted === "object" ? wanted : { equals: wanted };
  expect(await say(path, { filter, ...predicates })).toBe("passed");
  expect(await say(path, { filter, equals: "something else" })).not.toBe("passed");
});

test.each([
  ["$.num", ["trim"], 'trim needs a text, this is a number: "5"'],
  ["$.text", ["first"], "first needs a list, this is a text"],
  ["$.text", ["number"], 'number cannot read " Hello "'],
  ["$.text", ["json"], 'json cannot read " Hello ": there is no value (line 1, column 2)'],
  ["$.text", ["base64"], 'base64 cannot read " Hello ": it is not base64'],
  ["$.text", ["jwt"], 'jwt cannot read " Hello ": a token has three parts with a dot between them'],
  ["$.text", ["days_until"], 'days_until needs a date, this is a text: " Hello "'],
  [
    "$.items[*]",
    ["length"],
    "length needs one value, 2 were found: say first, last, nth, count, every or any",
  ],
  ["$.list", [{ attribute: "href" }], "attribute needs an HTML element, this is a list"],
  ["$.text", ["epoch"], 'epoch needs seconds since 1970 as a number, this is a text: " Hello "'],
  ["$.num", [{ regex: "5" }], "a pattern searches a text, this is a number"],
])("%s through %j cannot be judged, even for what shall not exist", async (path, filter, why) => {
  const told = `error: json ${path} cannot be judged: ${why}`;
  expect(await say(path, { filter, exists: false })).toBe(told);
  expect(await say(path, { not: { filter, equals: 1 } })).toBe(told);
});

test.each([
  ["the first of none", "$.none", ["first"], "the list is empty"],
  ["a place behind the end", "$.list", [{ nth: 3 }], "there is no number 3, there are 3"],
  [
    "a pattern that is not there",
    "$.text",
    [{ regex: "x(y)" }],
    'the pattern "x(y)" is not found in it',
  ],
])("%s is nothing, and nothing is not something else", async (_, path, filter, why) => {
  expect(await say(path, { filter, not: "x" })).toBe(
    `failed: json ${path} is nothing (${why}), expected not "x"`,
  );
});

test("dates need a clock", async () => {
  const given = { body: BODY };
  const query = { of: "json", path: "$.day" } as const;
  const expected = { filter: ["days_until"], at_least: 1 };
  expect(await sayOf(query, expected, given, { now: undefined as never })).toMatch(
    /^error: .*clock/,
  );
  expect(await sayOf(query, expected, given, { now: NOW })).toBe("passed");
});
