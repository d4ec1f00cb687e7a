import { expect, test } from "vitest";
import { readScenario } from "./read.ts";

/** What is said of one step, `line:column code fix`; or the request that was read. */
function read(step: string): unknown {
  const text = `scenario: s\nsteps:\n  - name: a\n    expect: { status: 200 }\n${step.replaceAll(/^/gm, "    ")}\n`;
  const result = readScenario(text, "s.scenario.yaml");
  if (!result.ok)
    return result.diagnostics.map(
      ({ line, column, code, what }) => `${line}:${column} ${code} ${what}`,
    );
  const [first] = result.value.steps;
  return first?.act.do === "ask" ? first.act.request : first?.act;
}

const ROOT = { path: "/x", query: {}, headers: {} };

test.each([
  ["options: /x", { ...ROOT, method: "OPTIONS" }],
  ["request: { method: PROPFIND, url: /x }", { ...ROOT, method: "PROPFIND" }],
  ["get: /x\nrange: { first: 5MiB }", { ...ROOT, method: "GET", range: { first: "5MiB" } }],
  ["get: /x\nrange: { from: 5, to: 9 }", { ...ROOT, method: "GET", range: { from: 5, to: 9 } }],
  ['get: /x\nrange: { from: "${SIZE}" }', { ...ROOT, method: "GET", range: { from: "${SIZE}" } }],
  [
    "get: /x\ndownload: parts/1.bin\nmost: 2GiB",
    { ...ROOT, method: "GET", download: "parts/1.bin", most: 2 ** 31 },
  ],
  [
    "put: /x\nfile: up.bin\ntype: text/csv",
    { ...ROOT, method: "PUT", body: { as: "file", file: "up.bin", type: "text/csv" } },
  ],
  [
    "post: /x\nmultipart: { note: 7, up: { file: a.pdf, type: application/pdf }, meta: { json: { a: 1 } } }",
    {
      ...ROOT,
      method: "POST",
      body: {
        as: "multipart",
        parts: [
          { name: "note", content: { as: "text", text: 7 } },
          { name: "up", content: { as: "file", file: "a.pdf" }, type: "application/pdf" },
          { name: "meta", content: { as: "json", value: { a: 1 } } },
        ],
      },
    },
  ],
  [
    "post: /x\nmultipart: [{ name: up, file: a }, { name: up, file: b, filename: c }]",
    {
      ...ROOT,
      method: "POST",
      body: {
        as: "multipart",
        parts: [
          { name: "up", content: { as: "file", file: "a" } },
          { name: "up", content: { as: "file", file: "b" }, filename: "c" },
        ],
      },
    },
  ],
])("reads %s", (step, request) => {
  expect(read(step)).toEqual(request);
});

test.each([
  ["get: /x\npost: /y", ['6:5 one-request "a" asks for several things: get, post.']],
  [
    "request: { method: CONNECT, url: /x }",
    ["5:24 wrong-value CONNECT cannot be asked by a scenario."],
  ],
  [
    "request: { method: get, url: /x }",
    [expect.stringMatching(/^5:24 wrong-value .*capital letters/)],
  ],
  ["request: { method: PROPFIND, url: x }", ['5:39 wrong-path "x" is neither a path nor a URL.']],
  ["get: /x\nfile: a", ["6:5 body-without-meaning A GET or HEAD request has no body."]],
  [
    "request: { method: GET, url: /x }\nmultipart: { a: b }",
    ["6:5 body-without-meaning A GET or HEAD request has no body."],
  ],
  ["post: /x\nfile: a\njson: {}", ["6:5 two-bodies The request has several bodies: json, file."]],
  [
    "post: /x\njson: {}\ntype: a/b",
    ["7:5 type-without-body `type` belongs to `file` or `body`, and there is none."],
  ],
  ["post: /x\nmultipart: {}", ["6:16 empty-form The form has no part."]],
  ["post: /x\nmultipart: { a: { type: x/y } }", ['6:21 one-content The part "a" holds nothing.']],
  [
    "post: /x\nmultipart: { a: { file: x, text: y } }",
    ['6:21 one-content The part "a" holds several things: text, file.'],
  ],
  ["post: /x\nmultipart: { a: { flie: x } }", ['6:23 unknown-key "flie" is not known here.']],
  [
    "get: /x\nrange: { first: 5 apples }",
    ['6:21 wrong-value "5 apples" is not a number of bytes.'],
  ],
  ["get: /x\nrange: { from: 9, to: 5 }", ["6:27 wrong-value The range from 9 to 5 holds nothing."]],
  [
    "get: /x\nrange: { first: 9 }\nheaders: { Range: x }",
    ["6:5 two-ranges The range is given more than once."],
  ],
  [
    "get: /x\ndownload: ../../etc/passwd",
    [
      '6:15 wrong-name "../../etc/passwd" cannot be the name of a working file: it does not stay in the folder of working files.',
    ],
  ],
  ["get: /x\nmost: lots", ['6:11 wrong-value "lots" is not a size.']],
  [
    "get: /x\nbearer: a\nheaders: { AUTHORIZATION: b }",
    ["6:5 two-authorizations Authorization is given more than once."],
  ],
])("refuses %s", (step, said) => {
  expect(read(step)).toEqual(said);
});
