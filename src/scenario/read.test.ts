import { assert, constantFrom, property, string } from "fast-check";
import { expect, test } from "vitest";
import { SMOKE } from "../../test/rig/grading-app.ts";
import { readScenario } from "./read.ts";

const NAMES = ["SMOKE_USER", "SMOKE_PASS"];

/** The diagnostics, one line each. */
function wrong(text: string, known: readonly string[] | undefined = NAMES): readonly string[] {
  return readScenario(text, "s.yaml", { known }).diagnostics.map(
    ({ line, column, code, what, fix }) => `${line}:${column} ${code} ${what} ${fix}`,
  );
}

const WITH = (step: string, top = "") =>
  `scenario: s\n${top}steps:\n  - name: one\n    ${step.replaceAll("\n", "\n    ")}\n`;

test("reads the nine steps without a complaint, and knows where everything stands", () => {
  const read = readScenario(SMOKE, "smoke.scenario.yaml", { known: NAMES });
  expect(read.diagnostics).toEqual([]);
  const step = read.ok ? read.value.steps[5] : undefined;
  expect(step?.expectations.map(({ query, at }) => [query.of, at.line, at.column])).toEqual([
    ["status", 51, 7],
    ["json", 53, 9],
    ["json", 54, 9],
  ]);
});

test("without known names it tells which ones it needs", () => {
  const read = readScenario(SMOKE, "s.yaml");
  expect(read.ok && read.value.needs).toEqual(["env.url", ...NAMES]);
});

test.each([
  [
    "a misspelt key",
    WITH("get: /\nexpcet: { status: 200 }"),
    '5:5 unknown-key "expcet" is not known here. Did you mean "expect"?',
  ],
  [
    "a misspelt check",
    WITH("get: /\nexpect: { staus: 200 }"),
    '5:15 unknown-key "staus" is not known here. Did you mean "status"?',
  ],
  [
    "a misspelt predicate",
    WITH("get: /\nexpect: { json: { $.a: { eqals: 1 } } }"),
    '5:30 unknown-key "eqals" is not known here. Did you mean "equals"?',
  ],
  [
    "a misspelt predicate deep inside",
    WITH("get: /\nexpect: { body: { not: { contain: x } } }"),
    '5:30 unknown-key "contain" is not known here. Did you mean "contains"?',
  ],
  [
    "a misspelt capture",
    WITH("get: /\ncapture: { A: { jsn: $.a } }"),
    '5:21 unknown-key "jsn" is not known here. Did you mean "json"?',
  ],
  [
    "a key at the top",
    `names: x\n${WITH("get: /\nexpect: { status: 200 }")}`,
    '1:1 unknown-key "names" is not known here.',
  ],
  [
    "a step that cannot fail",
    WITH("get: /"),
    '3:11 cannot-fail "one" expects nothing, so it cannot fail.',
  ],
  [
    "an empty expect",
    WITH("get: /\nexpect: {}"),
    '5:13 cannot-fail "one" expects nothing, so it cannot fail.',
  ],
  [
    "an empty predicate",
    WITH("get: /\nexpect: { body: {} }"),
    "5:21 cannot-fail Nothing is expected of body",
  ],
  [
    "a predicate that always holds",
    WITH('get: /\nexpect: { body: { contains: "" } }'),
    '5:33 cannot-fail "contains: """ always holds',
  ],
  [
    "a count that always holds",
    WITH("get: /\nexpect: { json: { $.a: { count: { at_least: 0 } } } }"),
    '5:49 cannot-fail "at_least: 0" always holds',
  ],
  ["no request", WITH("expect: { status: 200 }"), '3:5 one-request "one" asks for nothing.'],
  [
    "two requests",
    WITH("get: /\npost: /\nexpect: { status: 200 }"),
    '5:5 one-request "one" asks for several things: get, post.',
  ],
  [
    "two bodies",
    WITH("post: /\njson: {}\nbody: x\nexpect: { status: 200 }"),
    "6:5 two-bodies The request has several bodies: json, body.",
  ],
  [
    "a body of a GET",
    WITH("get: /\njson: {}\nexpect: { status: 200 }"),
    "5:5 body-without-meaning",
  ],
  [
    "two authorizations",
    WITH("get: /\nbearer: x\nheaders: { authorization: y }\nexpect: { status: 200 }"),
    "5:5 two-authorizations",
  ],
  [
    "a path that is none",
    WITH("get: api\nexpect: { status: 200 }"),
    '4:10 wrong-path "api" is neither a path nor a URL.',
  ],
  [
    "a broken JSONPath",
    WITH('get: /\nexpect: { json: { "$.a[": 1 } }'),
    '5:23 broken-json-path "$.a[" is not a JSONPath (RFC 9535): unclosed bracketed selection (column 5).',
  ],
  [
    "a JSONPath of another dialect",
    WITH('get: /\ncapture: { A: { json: "$.a[?(@.b=~/x/)]" } }'),
    "5:27 broken-json-path",
  ],
  [
    "a broken pattern",
    WITH('get: /\nexpect: { body: { matches: "a(" } }'),
    '5:32 broken-pattern "a(" is not a pattern (RE2)',
  ],
  [
    "a pattern with look-around",
    WITH('get: /\ncapture: { A: { regex: "(?=x)" } }'),
    "5:28 broken-pattern",
  ],
  [
    "a broken pattern of a hint",
    WITH("get: /\nexpect: { status: 200 }", 'hints: { "a(": x }\n'),
    "2:10 broken-pattern",
  ],
  [
    "a group without a regex",
    WITH("get: /\ncapture: { A: { json: $.a, group: 1 } }"),
    '5:39 group-without-regex "group" is a group of "regex"',
  ],
  [
    "a capture from nowhere",
    WITH("get: /\ncapture: { A: { first: true } }"),
    "5:16 one-query Nothing says where A is found.",
  ],
  [
    "a capture from two places",
    WITH("get: /\ncapture: { A: { json: $.a, header: x } }"),
    "5:16 one-query A cannot be found in several places: header, json.",
  ],
  [
    "a text to compare with",
    WITH('get: /\nexpect: { bytes: { at_least: "100" } }'),
    '5:34 not-a-number "100" is a text; "at_least" compares numbers.',
  ],
  [
    "a wrong duration to compare with",
    WITH("get: /\nexpect: { duration: { at_most: soon } }"),
    '5:36 not-a-number "soon" is a text; "at_most" compares numbers or durations such as 2s.',
  ],
  [
    "a wrong timeout",
    WITH("get: /\ntimeout: 5 parsecs\nexpect: { status: 200 }"),
    '5:14 wrong-value "5 parsecs" is not a duration.',
  ],
  [
    "an unknown name",
    WITH("get: /${SMOKE_USR}\nexpect: { status: 200 }"),
    "4:10 unknown-name Nobody knows ${SMOKE_USR} here. Did you mean ${SMOKE_USER}?",
  ],
  [
    "an unknown name in an expectation",
    WITH('get: /\nexpect: { json: { $.a: "${NOPE}" } }'),
    "5:28 unknown-name Nobody knows ${NOPE} here.",
  ],
  [
    "a name captured in the same step",
    WITH("get: /${A}\ncapture: { A: { json: $.a } }"),
    '4:10 captured-later ${A} is captured only in "one". Use it in a step after that one.',
  ],
  [
    "a name captured later, whatever is known",
    `${WITH("get: /${A}\nexpect: { status: 200 }")}  - { name: two, get: /, capture: { A: { body: true } } }\n`,
    '4:10 captured-later ${A} is captured only in "two".',
  ],
  [
    "a name that is no look-up",
    WITH('get: "/${a b}"\nexpect: { status: 200 }'),
    '4:10 malformed-look-up "${a b}" looks like a look-up and is none.',
  ],
  [
    "a capture that hides a secret",
    WITH("get: /\ncapture: { SMOKE_PASS: { body: true } }"),
    '5:16 name-taken "SMOKE_PASS" is already an input or secret of the plan.',
  ],
  [
    "a capture that is taken",
    WITH("get: /\ncapture: { V: { body: true } }", "vars: { V: 1 }\n"),
    '6:16 name-taken "V" is already defined above.',
  ],
  [
    "an artifact outside",
    WITH("get: /\nsave: ../x\nexpect: { status: 200 }"),
    '5:11 wrong-name "../x" cannot be the name of an artifact.',
  ],
  ["no steps", "scenario: s\nsteps: []\n", "2:8 wrong-value"],
  [
    "a missing name",
    "steps:\n  - { name: a, get: /, expect: { status: 200 } }\n",
    '1:1 missing-key "scenario" is missing.',
  ],
  [
    "a repeated key",
    WITH("get: /\nget: /x\nexpect: { status: 200 }"),
    '5:5 duplicate-key "get" is written twice here.',
  ],
  ["an alias", WITH("get: &p /\nexpect: { status: 200 }"), "4:10 not-allowed"],
  ["an empty file", "", "1:1 wrong-value"],
  ["a list as the file", "- 1\n", "1:1 wrong-value"],
])("refuses %s", (_, text, said) => {
  const found = wrong(text);
  expect(found.join("\n")).toContain(said);
  expect(found).toHaveLength(1);
});

test("tells everything that is wrong at once, in the order of the text", () => {
  expect(
    wrong(WITH('get: api\ntimeout: x\nexpect: { json: { "$.a[": "${NOPE}" } }')).map(
      (line) => line.split(" ")[1],
    ),
  ).toEqual(["wrong-path", "wrong-value", "broken-json-path", "unknown-name"]);
});

test("a best-effort step may expect nothing", () => {
  expect(wrong(WITH("delete: /x\nbest_effort: true"))).toEqual([]);
});

test("any text is read or refused, never thrown at", () => {
  assert(
    property(
      string({
        unit: constantFrom(
          "scenario: s\n",
          "steps:\n",
          "  - ",
          "name: a\n",
          "    get: /\n",
          "{",
          "}",
          "[",
          "]",
          ":",
          " ",
          "&a",
          "*a",
          "${",
          "\n",
          '"',
          "!",
          "- ",
        ),
      }),
      (text) => {
        const read = readScenario(text, "s.yaml");
        expect(read.ok || read.diagnostics.length > 0).toBe(true);
      },
    ),
  );
});
