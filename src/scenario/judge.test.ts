import { httpAnswer } from "../../test/rig/http-answer.ts";
import { PDFDocument } from "pdf-lib";
import { expect, test } from "vitest";
import type { Answers } from "./answer.ts";
import { checkAll } from "./check.ts";
import { openJar } from "./jar.ts";
import type { Answer } from "./jar.ts";
import type { Expected } from "./predicate.ts";
import type { Query } from "./query.ts";

const jar = await openJar();
const NOW = Date.parse("2026-11-21T12:00:00Z");
const AT = { file: "s.yaml", line: 1, column: 1 };
const BODY = JSON.stringify({
  id: "458",
  n: 458,
  f: 1.5,
  yes: true,
  no: false,
  nil: null,
  empty: "",
  list: [1, "a", { b: 2 }],
  none: [],
  results: [
    { id: "a", status: "READY", pages: [1] },
    { id: "b", status: "DONE", pages: [] },
  ],
  object: { x: 1, y: 2 },
});

function answer(given: Partial<Answer> & { readonly text?: string } = {}): Answer {
  const { text = BODY, headers = [], ...more } = given;
  const response = httpAnswer({ headers, body: text, durationMs: 120, ...more });
  return jar.take("http://app.test/x", response);
}

/** What is said about one expectation: `passed`, or what is wrong. */
async function say(
  query: Query,
  expected: unknown,
  given?: Partial<Answer> & { readonly text?: string },
  answers: Answers = () => undefined,
): Promise<string> {
  const [miss] = await checkAll(
    [{ query, expected: expected as Expected, at: AT }],
    answer(given),
    {
      answers,
      now: NOW,
    },
  );
  return miss ? `${miss.outcome}: ${miss.what}` : "passed";
}

test.each([
  ["a text", "$.id", "458", "passed"],
  [
    "a number is not the text",
    "$.id",
    458,
    'failed: json $.id is "458" (text), expected 458 (number)',
  ],
  [
    "a text is not the number",
    "$.n",
    "458",
    'failed: json $.n is 458 (number), expected "458" (text)',
  ],
  ["null is null", "$.nil", null, "passed"],
  [
    "null is not nothing",
    "$.nowhere",
    null,
    "failed: json $.nowhere is nothing ($.nowhere found nothing), expected null",
  ],
  ["null is not a value", "$.n", null, "failed: json $.n is 458 (number), expected null"],
  ["false is not null", "$.no", null, "failed: json $.no is false (boolean), expected null"],
  ["the empty text is itself", "$.empty", "", "passed"],
  [
    "the empty text is not any text",
    "$.id",
    "",
    'failed: json $.id is "458" (text), expected "" (text)',
  ],
  ["a list, in order", "$.list", { equals: [1, "a", { b: 2 }] }, "passed"],
  [
    "another list",
    "$.list",
    { equals: [1, "a"] },
    'failed: json $.list is [1,"a",{"b":2}] (list), expected [1,"a"] (list)',
  ],
  ["an object, keys in any order", "$.object", { equals: { y: 2, x: 1 } }, "passed"],
  [
    "an object with one key more",
    "$.object",
    { equals: { x: 1 } },
    'failed: json $.object is {"x":1,"y":2} (object), expected {"x":1} (object)',
  ],
  ["not another value", "$.n", { not: 459 }, "passed"],
  ["not the same value", "$.n", { not: 458 }, "failed: json $.n is 458 (number), expected not 458"],
  [
    "not, of nothing",
    "$.nowhere",
    { not: 458 },
    "failed: json $.nowhere is nothing ($.nowhere found nothing), expected not 458",
  ],
  [
    "not contains, of nothing",
    "$.nowhere",
    { not: { contains: "x" } },
    'failed: json $.nowhere is nothing ($.nowhere found nothing), expected not contains "x"',
  ],
  [
    "not counted, of nothing",
    "$.nowhere",
    { not: { count: 0 } },
    "failed: json $.nowhere is count nothing ($.nowhere found nothing), expected not count 0",
  ],
  [
    "not the first, of an empty list",
    "$.none",
    { not: { first: "a" } },
    'failed: json $.none is first nothing (the list is empty), expected not first "a"',
  ],
  [
    "not a part, of a text without it",
    "$.id",
    { not: { regex: "v(.)", equals: "1" } },
    'failed: json $.id is nothing (the pattern "v(.)" is not found in it), expected not regex "v(.)" and "1" (text)',
  ],
  [
    "not not, of nothing",
    "$.nowhere",
    { not: { not: 1 } },
    "failed: json $.nowhere is nothing ($.nowhere found nothing), expected not not 1",
  ],
  ["not exists, of nothing", "$.nowhere", { not: { exists: true } }, "passed"],
  [
    "not, where it cannot be judged",
    "$.n",
    { not: { matches: "x" } },
    "error: json $.n cannot be judged: matches needs a text, this is a number",
  ],
  ["one of", "$.n", { one_of: [1, 458] }, "passed"],
  [
    "none of",
    "$.n",
    { one_of: [1, "458"] },
    'failed: json $.n is 458 (number), expected one of [1,"458"]',
  ],
  ["matches anywhere", "$.id", { matches: "5" }, "passed"],
  [
    "matches as a whole",
    "$.id",
    { matches: "^5$" },
    'failed: json $.id is "458" (text), expected matches "^5$"',
  ],
  [
    "matches a number",
    "$.n",
    { matches: "458" },
    "error: json $.n cannot be judged: matches needs a text, this is a number",
  ],
  ["contains a text", "$.id", { contains: "45" }, "passed"],
  ["contains an item", "$.list", { contains: "a" }, "passed"],
  [
    "contains an item of another type",
    "$.list",
    { contains: "1" },
    'failed: json $.list is [1,"a",{"b":2}] (list), expected contains "1"',
  ],
  [
    "contains, of a number",
    "$.n",
    { contains: "4" },
    "error: json $.n cannot be judged: contains needs a text or a list, this is a number",
  ],
  ["both bounds hold", "$.n", { at_least: 458, at_most: 458 }, "passed"],
  [
    "only one bound of two holds",
    "$.n",
    { at_least: 1, at_most: 5 },
    "failed: json $.n is 458 (number), expected at most 5",
  ],
  ["greater", "$.f", { greater: 1, less: 2 }, "passed"],
  [
    "greater, of a text",
    "$.id",
    { greater: 1 },
    'error: json $.id cannot be judged: greater needs a number, this is a text: "458"',
  ],
  ["exists", "$.nil", { exists: true }, "passed"],
  [
    "exists not",
    "$.nowhere",
    { exists: true },
    "failed: json $.nowhere is nothing ($.nowhere found nothing), expected a value",
  ],
  ["is absent", "$.nowhere", { exists: false }, "passed"],
  ["is not absent", "$.n", { exists: false }, "failed: json $.n is 458 (number), expected nothing"],
  ["is an integer", "$.n", { is: "integer" }, "passed"],
  [
    "is no integer",
    "$.f",
    { is: "integer" },
    "failed: json $.f is 1.5 (number), expected a value of type integer",
  ],
  ["is a text", "$.empty", { is: "text" }, "passed"],
  ["is null", "$.nil", { is: "null" }, "passed"],
  [
    "is an object",
    "$.list",
    { is: "object" },
    'failed: json $.list is [1,"a",{"b":2}] (list), expected a value of type object',
  ],
  ["count of a list", "$.list", { count: 3 }, "passed"],
  ["count of an empty list", "$.none", { count: 0 }, "passed"],
  [
    "count of what is not there",
    "$.nowhere",
    { count: 0 },
    "failed: json $.nowhere is count nothing ($.nowhere found nothing), expected count 0 (number)",
  ],
  ["count of findings", "$.results[*].id", { count: { at_least: 2 } }, "passed"],
  [
    "count of no findings",
    "$.results[?@.status=='GONE']",
    { count: { at_least: 1 } },
    "failed: json $.results[?@.status=='GONE'] is count 0 (number), expected count at least 1",
  ],
  ["no findings are none", "$.results[?@.status=='GONE']", { count: 0 }, "passed"],
  [
    "no findings do not exist",
    "$.results[?@.status=='GONE']",
    { exists: true },
    "failed: json $.results[?@.status=='GONE'] is nothing ($.results[?@.status=='GONE'] found nothing), expected a value",
  ],
  [
    "count of a text",
    "$.id",
    { count: 3 },
    "error: json $.id cannot be judged: count needs a list, this is a text",
  ],
  ["first of findings", "$.results[*].id", { first: "a" }, "passed"],
  ["first of a list", "$.list", { first: 1 }, "passed"],
  [
    "first of an empty list",
    "$.none",
    { first: { exists: true } },
    "failed: json $.none is first nothing (the list is empty), expected first a value",
  ],
  [
    "one finding is a list",
    "$.results[?@.status=='READY'].id",
    "a",
    'failed: json $.results[?@.status==\'READY\'].id is ["a"] (list), expected "a" (text)',
  ],
  [
    "RFC filters and functions",
    "$.results[?@.status=='READY' && count(@.pages[*]) > 0].id",
    { first: "a" },
    "passed",
  ],
  ["negative index", "$.list[-1].b", 2, "passed"],
  [
    "a broken path",
    "$.list[",
    { exists: false },
    "error: json $.list[ cannot be judged: the JSONPath $.list[ cannot be used: unclosed bracketed selection",
  ],
  [
    "a misspelt path whose evaluation finds nothing",
    "$.typo.deep",
    { exists: true },
    "failed: json $.typo.deep is nothing ($.typo.deep found nothing), expected a value",
  ],
  ["a group of a match", "$.id", { regex: "4(\\d)", equals: "5" }, "passed"],
  [
    "a match that is not there",
    "$.id",
    { regex: "x(\\d)", exists: true },
    'failed: json $.id is nothing (the pattern "x(\\d)" is not found in it), expected a value',
  ],
  [
    "a regex alone must be found",
    "$.id",
    { regex: "x" },
    'failed: json $.id is nothing (the pattern "x" is not found in it), expected a value',
  ],
])("json, %s", async (_, path, expected, said) => {
  expect(await say({ of: "json", path }, expected)).toBe(said);
});

test.each([
  ["an HTML page", "<html>login</html>", /^error: .*cannot be read as JSON/],
  ["an empty body", "", /^error: .*the body is empty, not JSON$/],
  ["two documents", "{}{}", /^error: /],
  [
    "a body nested until the stack ends",
    `${"[".repeat(500_000)}${"]".repeat(500_000)}`,
    /^error: /,
  ],
])("json of %s is an error, even for what shall not exist", async (_, text, said) => {
  expect(await say({ of: "json", path: "$.x" }, { exists: false }, { text })).toMatch(said);
});

test.each([
  ["status", { of: "status" }, 200, "passed"],
  ["another status", { of: "status" }, 201, "failed: status 200, expected 201"],
  ["a status out of several", { of: "status" }, { one_of: [200, 204] }, "passed"],
  ["a status as a text", { of: "status" }, "200", 'failed: status 200, expected "200" (text)'],
  ["body", { of: "body" }, { contains: "READY" }, "passed"],
  [
    "an empty text in place of a body",
    { of: "body" },
    "",
    /^failed: body is .* \(text\), expected "" \(text\)$/,
  ],
  ["bytes", { of: "bytes" }, BODY.length, "passed"],
  ["duration as text", { of: "duration" }, { at_most: "2s" }, "passed"],
  [
    "too long",
    { of: "duration" },
    { at_most: "100ms" },
    "failed: duration is 120 ms, expected at most 100 ms",
  ],
  [
    "header in any case",
    { of: "header", name: "Content-TYPE" },
    { matches: "^text/plain" },
    "passed",
  ],
  [
    "header that is missing",
    { of: "header", name: "x-no" },
    { contains: "" },
    'failed: header x-no is nothing (the answer has no header x-no), expected contains ""',
  ],
  ["header given twice", { of: "header", name: "x-two" }, { count: 2 }, "passed"],
  [
    "a fake PDF",
    { of: "pages" },
    { at_least: 1 },
    /^failed: pdf pages is nothing \(the body is no whole PDF: it does not begin with %PDF-\)/,
  ],
] as const)("%s", async (_, query, expected, said) => {
  const given = {
    headers: [
      ["content-type", "text/plain"],
      ["X-Two", "a"],
      ["X-Two", "b"],
    ] as [string, string][],
  };
  const told = await say(query, expected, given);
  if (typeof said === "string") expect(told).toBe(said);
  else expect(told).toMatch(said);
});

test("sha256 and pages are of the bytes themselves", async () => {
  const document = await PDFDocument.create();
  document.addPage();
  const body = await document.save();
  const sha256 = Buffer.from(await crypto.subtle.digest("SHA-256", new Uint8Array(body))).toString(
    "hex",
  );
  expect([
    await say({ of: "sha256" }, sha256, { body }),
    await say({ of: "pages" }, 1, { body }),
  ]).toEqual(["passed", "passed"]);
});

test.each([["body"], ["bytes"], ["sha256"], ["pages"]] as const)(
  "%s of a body that was cut is an error",
  async (of) => {
    expect(await say({ of }, { exists: true }, { truncated: true })).toMatch(
      /^error: .* longer than /,
    );
  },
);

test("a body that is not encoded as it says, or in another encoding, is an error", async () => {
  expect(
    await say({ of: "body" }, { contains: "x" }, { headers: [["content-encoding", "gzip"]] }),
  ).toBe(
    "error: body cannot be judged: the body is not gzip as its Content-Encoding says: incorrect header check",
  );
  expect(
    await say({ of: "body" }, { contains: "x" }, { body: new Uint8Array([0xff, 0xfe, 0x00]) }),
  ).toBe("error: body cannot be judged: the body is not text in utf-8");
  expect(
    await say({ of: "body" }, "é", {
      body: new Uint8Array([0xe9]),
      headers: [["content-type", "text/plain; charset=iso-8859-1"]],
    }),
  ).toBe("passed");
});

test.each([
  ["one that is set", "sessionid=abc; Path=/; HttpOnly", "passed"],
  ["one that is deleted", "sessionid=; Max-Age=0; Path=/", /refused: it is deleted/],
  ["one for another host", "sessionid=abc; Domain=evil.test", /refused: .*domain/i],
  [
    "one for HTTPS alone over HTTP",
    "sessionid=abc; Secure; Path=/",
    /refused: Cookie is Secure but/,
  ],
  [
    "one with a prefix that it does not deserve",
    "__Host-sessionid=abc; Path=/x",
    /the answer sets no cookie sessionid/,
  ],
  ["another one", "other=abc; Path=/", /the answer sets no cookie sessionid/],
])("cookie: %s", async (_, cookie, said) => {
  const told = await say(
    { of: "cookie", name: "sessionid" },
    { exists: true },
    { headers: [["Set-Cookie", cookie]] },
  );
  if (typeof said === "string") expect(told).toBe(said);
  else expect(told).toMatch(said);
});

const answers: Answers = (name) =>
  ({ N: 458, ID: "458", DOT: ".", EVIL: "a' || true || '", Q: 'it\'s "x" \\' })[name];

test.each([
  ["a look-up keeps its type", "$.n", "${N}", "passed"],
  [
    "a look-up of a text is not a number",
    "$.n",
    "${ID}",
    'failed: json $.n is 458 (number), expected "458" (text)',
  ],
  [
    "a part of a text is text",
    "$.id",
    "${N}",
    'failed: json $.id is "458" (text), expected 458 (number)',
  ],
  [
    "a look-up in a pattern is looked for letter by letter",
    "$.id",
    { matches: "4${DOT}8" },
    'failed: json $.id is "458" (text), expected matches "4\\\\.8"',
  ],
  ["a look-up in a path is a literal", "$.results[?@.id == ${EVIL}]", { count: 0 }, "passed"],
  ["a look-up in quotes too", "$.results[?@.id == '${EVIL}']", { count: 0 }, "passed"],
  ["quotes in a literal", "$.results[?@.id == ${Q}]", { count: 0 }, "passed"],
  [
    "a name without an answer",
    "$.id",
    "${NOPE}",
    "error: json $.id cannot be judged: nobody knows ${NOPE}",
  ],
])("%s", async (_, path, expected, said) => {
  expect(await say({ of: "json", path }, expected, {}, answers)).toBe(
    said.replace(/^(\w+): json \S+/, (found) => found),
  );
});

test("integers beyond 2^53 stay exact", async () => {
  const text = '{"id":9007199254740993,"list":[{"id":9007199254740993,"n":1}]}';
  const say1 = (path: string, expected: unknown) => say({ of: "json", path }, expected, { text });
  expect(await say1("$.id", { equals: 9007199254740993n })).toBe("passed");
  expect(await say1("$.id", 9007199254740992)).toBe(
    "failed: json $.id is 9007199254740993 (number), expected 9007199254740992 (number)",
  );
  expect(await say1("$.list[?@.n == 1].id", { first: { equals: 9007199254740993n } })).toBe(
    "passed",
  );
  expect(await say1("$.list[?@.id == 9007199254740992]", { count: 0 })).toMatch(
    /^error: .*cannot be compared exactly/,
  );
});

test("a hostile pattern in a path or an expectation takes no time", async () => {
  const text = JSON.stringify({ s: `${"a".repeat(40)}b` });
  const began = performance.now();
  expect(await say({ of: "json", path: "$[?search(@, '^(a+)+$')]" }, { count: 0 }, { text })).toBe(
    "passed",
  );
  expect(await say({ of: "json", path: "$.s" }, { matches: "^(a+)+$" }, { text })).toMatch(
    /^failed/,
  );
  expect(performance.now() - began).toBeLessThan(1_000);
});

test("a pattern in a filter that is broken is an error, not an empty list", async () => {
  expect(await say({ of: "json", path: "$.results[?search(@.id, 'a(')]" }, { count: 0 })).toMatch(
    /^error: .*missing closing/,
  );
});
