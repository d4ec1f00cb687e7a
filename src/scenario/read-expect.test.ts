import { expect, test } from "vitest";
import { expectSchema, query as captureSchema } from "./schema-expect.ts";
import { checkFilters } from "./read-filters.ts";
import { readExpectations } from "./read-expect.ts";
import { readExpected } from "./read-predicates.ts";

const FILES: Readonly<Record<string, string>> = {
  "user.json": '{"type":"object","required":["id"]}',
  "typo.yaml": "tpye: object",
  "twice.json": '{"type":"object","type":"array"}',
};

/** Complaints about expectations as `path code what`. */
function read(text: unknown) {
  const complaints: string[] = [];
  const complain = (
    path: readonly (string | number)[],
    { code, what }: { readonly code: string; readonly what: string },
  ) => void complaints.push(`${path.join(" ")}: ${code} ${what}`);
  const expectations = readExpectations(expectSchema.parse(text), {
    at: () => ({ file: "s.yaml", line: 1, column: 1 }),
    complain,
    complainOfKey: complain,
    file: (_, name) => FILES[name],
  });
  return { expectations, complaints };
}

test.each<[string, unknown, string]>([
  [
    "count of at least none",
    { json: { "$.a": { count: { at_least: 0 } } } },
    'json $.a count at_least: cannot-fail "at_least: 0" always holds',
  ],
  ["no bytes at least", { bytes: { at_least: 0 } }, "bytes at_least: cannot-fail"],
  ["more than less than nothing", { duration: { greater: -1 } }, "duration greater: cannot-fail"],
  ["any status", { status: { at_least: 100 } }, "status at_least: cannot-fail"],
  [
    "a pattern for everything",
    { body: { matches: ".*" } },
    'body matches: cannot-fail "matches: .*" always holds',
  ],
  ["a pattern for the empty text", { body: { matches: "a*" } }, "body matches: cannot-fail"],
  ["a regex for everything", { body: { regex: "x?" } }, "body regex: cannot-fail"],
  ["the empty text in a text", { body: { contains: "" } }, "body contains: cannot-fail"],
  ["no predicate", { body: {} }, "body: cannot-fail Nothing is expected of body"],
  ["no predicate within every", { json: { "$.a": { every: {} } } }, "json $.a every: cannot-fail"],
  [
    "a status that exists",
    { status: { exists: true } },
    "status exists: cannot-fail Every answer has a status",
  ],
  ["a body that does not exist", { body: { exists: false } }, "body exists: cannot-pass"],
  [
    "a flag that exists",
    { cookie: { "s[Secure]": { exists: true } } },
    "cookie s[Secure] exists: cannot-fail",
  ],
  ["a flag that is a text", { cookie: { "s[Secure]": "true" } }, "cookie s[Secure]: cannot-pass"],
  [
    "an attribute that is none",
    { cookie: { "s[Secur]": true } },
    'cookie s[Secur]: unknown-attribute "Secur" is no attribute',
  ],
  [
    "absence and a value",
    { json: { "$.a": { exists: false, equals: 1 } } },
    'json $.a exists: cannot-pass What does not exist cannot be "equals"',
  ],
  [
    "bounds that exclude each other",
    { json: { "$.a": { at_least: 5, at_most: 3 } } },
    'json $.a: cannot-pass Nothing is both "at_least: 5" and "at_most: 3"',
  ],
  [
    "bounds with nothing between",
    { json: { "$.a": { greater: 5, less: 5 } } },
    "json $.a: cannot-pass",
  ],
  [
    "between the wrong way round",
    { json: { "$.a": { between: [5, 3] } } },
    "json $.a: cannot-pass",
  ],
  ["less than nothing", { bytes: { less: 0 } }, "bytes less: cannot-pass"],
  ["a digest that is none", { sha256: "ABC" }, "sha256: cannot-pass This is no sha256"],
  ["a status in quotes", { status: "200" }, "status: cannot-pass A status is a number"],
  [
    "a number in quotes",
    { json: { "$.a": { at_least: "3" } } },
    'json $.a at_least: not-a-number "3" is a text',
  ],
  ["a duration where none is", { bytes: { at_most: "2s" } }, "bytes at_most: not-a-number"],
  [
    "a date that is none",
    { json: { "$.a": { before: "tomorrow" } } },
    'json $.a before: not-a-date "tomorrow"',
  ],
  [
    "a duration that is none",
    { json: { "$.a": { within: "soon" } } },
    "json $.a within: not-a-duration",
  ],
  [
    "a filter that is none",
    { body: { filter: ["trimm"], equals: "a" } },
    'body filter 0: unknown-filter "trimm" is no filter.',
  ],
  [
    "two filters in one",
    { body: { filter: [{ regex: "a", split: "," }] } },
    "body filter 0: one-filter These are several filters in one: regex, split.",
  ],
  ["a filter that does nothing", { body: { filter: [{}] } }, "body filter 0: one-filter"],
  [
    "a broken pattern in a filter",
    { body: { filter: [{ regex: "a(" }] } },
    "body filter 0 regex: broken-pattern",
  ],
  [
    "a broken path in a filter",
    { body: { filter: [{ json: "$[" }] } },
    "body filter 0 json: broken-json-path",
  ],
  [
    "an attribute of JSON",
    { json: { "$.a": { filter: [{ attribute: "href" }] } } },
    "json $.a filter 0: cannot-be-judged",
  ],
  [
    "a path that is none",
    { json: { "$.a[": 1 } },
    'json $.a[: broken-json-path "$.a[" is not a JSONPath (RFC 9535): unclosed bracketed selection (column 5).',
  ],
  [
    "a selector that is none",
    { html: { "p >": "x" } },
    'html p >: broken-selector "p >" is not a CSS selector: it ends too early (column 4).',
  ],
  ["a certificate of which nothing is expected", { certificate: {} }, "certificate: cannot-fail"],
  ["a PDF of which nothing is expected", { pdf: {} }, "pdf: cannot-fail"],
  [
    "a word that no schema knows",
    { json: { $: { schema: { tpye: "object" } } } },
    'json $ schema tpye: broken-schema "tpye" is no word of JSON Schema',
  ],
  [
    "a schema for everything",
    { json: { $: { schema: {} } } },
    "json $ schema: broken-schema This schema holds for every value",
  ],
  [
    "a format that is not looked at",
    { json: { $: { schema: { format: "hostname" } } } },
    "json $ schema format: broken-schema",
  ],
  [
    "a schema that leads elsewhere",
    { json: { $: { schema: { $ref: "https://x.test" } } } },
    "json $ schema $ref: broken-schema",
  ],
  [
    "a typo in a schema's file",
    { json: { $: { schema: "typo.yaml" } } },
    'json $ schema: broken-schema typo.yaml#/tpye: "tpye" is no word',
  ],
  [
    "a key that is twice in a schema's file",
    { json: { $: { schema: "twice.json" } } },
    'json $ schema: broken-schema twice.json cannot be read: the key "type" is there twice',
  ],
])("refuses %s", (_, text, complaint) => {
  expect(read(text).complaints.join("\n")).toContain(complaint);
});

test.each<[string, unknown]>([
  ["not nothing", { json: { "$.a": { not: { exists: false } } } }],
  ["a pattern with an anchor", { body: { matches: "^$" } }],
  ["a pattern with look-ups", { body: { matches: "^${NAME}$" } }],
  [
    "bounds",
    {
      duration: { at_least: "1ms", at_most: "2s" },
      bytes: { greater: 0 },
      status: { at_least: 200, less: 300 },
    },
  ],
  ["between durations", { first_byte: { between: ["1ms", "2s"] } }],
  ["a digest that is looked up", { sha256: "${DIGEST}" }],
  [
    "filters",
    {
      header: {
        Link: {
          filter: [{ split: "," }, { nth: -1 }, "trim", { regex: "<(.*)>", group: 1 }],
          starts_with: "/",
        },
      },
    },
  ],
  [
    "an element's attribute",
    { html: { "a[rel=next]": { filter: ["first", { attribute: "href" }], contains: "page=2" } } },
  ],
  ["a schema in a file", { json: { $: { schema: "user.json" } } }],
  ["a negative number of days", { certificate: { days_left: { at_least: 0 } } }],
  ["flags", { cookie: { "s[HttpOnly]": true, "s[Max-Age]": { at_least: 60 } } }],
  ["a whole PDF and an API", { pdf: true, openapi: { operation: "getUser" } }],
])("takes %s", (_, text) => {
  expect(read(text).complaints).toEqual([]);
});

test("a schema's file is read where it is named", () => {
  expect(read({ json: { $: { schema: "user.json" } } }).expectations[0]?.expected).toEqual({
    schema: { $file: "user.json", schema: { type: "object", required: ["id"] } },
  });
});

test("captures have the same filters", () => {
  const text = captureSchema.parse({ json: "$.a", filter: ["jwt", { json: "$.sub" }] });
  const complaints: string[] = [];
  const complain = (_: unknown, { code }: { readonly code: string }) => void complaints.push(code);
  const source = {
    at: () => ({ file: "", line: 1, column: 1 }),
    complain,
    complainOfKey: complain,
  };
  checkFilters(text, { of: "json", path: "$.a" }, source);
  readExpected({ equals: 1 }, { source, query: { of: "json", path: "$.a" } });
  expect(complaints).toEqual([]);
});
