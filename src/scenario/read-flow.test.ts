import { expect, test } from "vitest";
import { readScenario } from "./read.ts";

const OK = "expect: { status: 200 }";
const STEP = (step: string, top = "") =>
  `scenario: s\n${top}steps:\n  - name: one\n    ${step.replaceAll("\n", "\n    ")}\n`;
const LIST = (steps: string, top = "") => `scenario: s\n${top}steps:\n${steps}`;

const FILES: Readonly<Record<string, string>> = {
  "login.scenario.yaml": `scenario: Log in\nparameters: { USER: {}, PASS: { default: x } }\nusers: { boss: {} }\nsteps:\n  - { name: in, post: /in, json: { u: "\${USER}", p: "\${PASS}" }, ${OK}, capture: { CSRF: { body: true } } }\n  - { name: who, as: boss, get: /who, ${OK} }\n`,
  "a.scenario.yaml": `scenario: a\nsteps:\n  - { name: b, include: b.scenario.yaml }\n`,
  "b.scenario.yaml": `scenario: b\nsteps:\n  - { name: a, include: a.scenario.yaml }\n`,
  "wrong.scenario.yaml": `scenario: w\nsteps:\n  - { name: a, gett: / }\n`,
  "own.scenario.yaml": `scenario: o\nrepeat: 2\nsteps:\n  - { name: a, get: /, ${OK} }\n`,
  ...Object.fromEntries(
    Array.from({ length: 7 }, (_, at) => [
      `deep${at}.scenario.yaml`,
      `scenario: d\nsteps:\n  - { name: a, include: deep${at + 1}.scenario.yaml }\n`,
    ]),
  ),
  "empty.csv": "A,B\n",
  "uneven.csv": "A,B\n1,2\n3\n",
  "open.csv": 'A\n"x\n',
  "twice.csv": "A,A\n1,2\n",
  "names.csv": "A;B\n1;2\n",
  "one.json": '{"A":1}',
  "gap.json": '[{"A":1},{"B":1}]',
  "good.csv": "A\n1\n",
  "no.pem": "hello",
  "old.yaml": "swagger: 2\n",
};

function wrong(text: string): readonly string[] {
  const { diagnostics } = readScenario(text, "s.yaml", {
    known: ["SMOKE"],
    files: (path) => FILES[path],
  });
  return diagnostics.map(
    ({ file, line, column, code, what, fix }) => `${file}:${line}:${column} ${code} ${what} ${fix}`,
  );
}

const include = (more: string) => STEP(`include: login.scenario.yaml\n${more}`);

test.each([
  [
    "a key of an act that is misspelt",
    STEP("make: { file: a, sice: 1MB }"),
    '4:22 unknown-key "sice" is not known here. Did you mean "size"?',
  ],
  [
    "two acts",
    STEP("wait: 1s\njoin: { files: [a], into: b }"),
    '4:5 one-request "one" does several things: join, wait. Make two steps of it.',
  ],
  [
    "an act and a request",
    STEP(`get: /\nwait: 1s`),
    '4:5 one-request "one" does several things: wait, get.',
  ],
  [
    "what means nothing to an act",
    STEP("wait: 1s\ntimeout: 5s"),
    '5:5 without-meaning "timeout" means nothing to `wait`.',
  ],
  [
    "an expectation of waiting",
    STEP(`wait: 1s\n${OK}`),
    '5:5 without-meaning "expect" means nothing to `wait`.',
  ],
  [
    "a size that is none",
    STEP("make: { file: a, size: big }"),
    '4:28 wrong-value "big" is not a size.',
  ],
  [
    "more than a scenario may make",
    STEP("make: { file: a, size: 1TB }"),
    "4:28 wrong-value 1TB is more than a scenario may make: 20GB.",
  ],
  [
    "a working file outside",
    STEP("make: { file: ../a, size: 1MB }"),
    '4:19 wrong-name "../a" cannot be the name of a working file',
  ],
  [
    "the status of a file",
    STEP("make: { file: a, size: 1MB }\nexpect: { status: 200 }"),
    "5:15 without-meaning A file has no status. Look at its bytes or its sha256.",
  ],
  [
    "polling keys without until",
    STEP(`get: /\nwithin: 5s\n${OK}`),
    '5:5 without-until "within" belongs to "until", which is not given.',
  ],
  [
    "until that expects nothing",
    STEP("get: /\nuntil: {}"),
    '5:12 cannot-fail "until" of "one" expects nothing.',
  ],
  [
    "until that asks once",
    STEP("get: /\nuntil: { status: 200 }\nwithin: 1s"),
    "6:13 asks-once Within 1s, every 1s: it would ask only once.",
  ],
  [
    "until and retry",
    STEP("get: /\nuntil: { status: 200 }\nretry: 3"),
    '6:5 until-and-retry "until" and "retry" exclude each other.',
  ],
  [
    "a wrong predicate in fail_if",
    STEP("get: /\nuntil: { status: 200 }\nfail_if: { json: { $.a: { eqals: 1 } } }"),
    '6:31 unknown-key "eqals" is not known here. Did you mean "equals"?',
  ],
  [
    "a broken pattern of a retry",
    STEP(`get: /\nretry: { tries: 2, on: ["a("] }\n${OK}`),
    '5:29 broken-pattern "a(" is not a pattern (RE2)',
  ],
  ["a retry of one", STEP(`get: /\nretry: 1\n${OK}`), "5:12"],
  [
    "a condition that asks nothing",
    STEP(`get: /\nwhen: yes\n${OK}`),
    '5:11 condition-asks-nothing "yes" asks for no name, so it is always the same.',
  ],
  [
    "a user who is not there",
    STEP(`get: /\nas: techer\n${OK}`, "users: { teacher: {} }\n"),
    '6:9 unknown-user There is no user "techer". Did you mean "teacher"?',
  ],
  [
    "a user of nobody",
    STEP(`get: /\nas: ada\n${OK}`),
    '5:9 unknown-user There is no user "ada". Describe it under `users`',
  ],
  [
    "two authorizations of a user",
    STEP(`get: /\nas: a\n${OK}`, "users: { a: { bearer: x, headers: { Authorization: y } } }\n"),
    "2:15 two-authorizations",
  ],
  [
    "a user before the capture",
    STEP(
      `get: /\nas: a\nexpect: { status: 200 }\ncapture: { T: { body: true } }`,
      'users: { a: { bearer: "${T}" } }\n',
    ),
    '2:23 captured-later ${T} is captured only in "one".',
  ],
  [
    "a missing file",
    STEP("include: nope.yaml"),
    "4:14 missing-file There is no file nope.yaml beside the scenario.",
  ],
  [
    "an absolute path",
    STEP("include: /etc/passwd"),
    "4:14 missing-file /etc/passwd is not there, or not where a scenario may read.",
  ],
  [
    "a missing parameter",
    include("with: {}"),
    '4:14 missing-parameter "one" does not give login.scenario.yaml its parameter USER. Add `with: { USER: … }`.',
  ],
  [
    "an unknown parameter",
    include("with: { USER: a, PAS: b }"),
    '5:22 unknown-parameter login.scenario.yaml has no parameter "PAS". Did you mean "PASS"?',
  ],
  [
    "a wrong new name",
    include("with: { USER: a }\nrename: { CSFR: X }"),
    '6:15 unknown-name login.scenario.yaml captures nothing as "CSFR". Did you mean "CSRF"?',
  ],
  [
    "a user described twice",
    STEP(`include: login.scenario.yaml\nwith: { USER: a }\nas: boss`, "users: { boss: {} }\n"),
    '2:10 name-taken The user "boss" is already described in login.scenario.yaml.',
  ],
  [
    "a name that an include takes",
    LIST(
      `  - { name: a, get: /, capture: { CSRF: { body: true } } }\n  - { name: b, include: login.scenario.yaml, with: { USER: a } }\n`,
    ),
    '4:16 name-taken "CSRF" is already defined above. Give it another name: `rename: { CSRF: … }`.',
  ],
  [
    "a fault of what is included",
    STEP("include: wrong.scenario.yaml"),
    'wrong.scenario.yaml:3:16 unknown-key "gett" is not known here. Did you mean "get"?',
  ],
  [
    "a circle",
    STEP("include: a.scenario.yaml"),
    "b.scenario.yaml:3:25 circle The scenarios include each other: a.scenario.yaml → b.scenario.yaml → a.scenario.yaml.",
  ],
  [
    "includes too deep",
    STEP("include: deep0.scenario.yaml"),
    "deep4.scenario.yaml:3:25 too-deep Scenarios include each other 6 deep",
  ],
  [
    "an include that runs by itself",
    STEP("include: own.scenario.yaml"),
    "4:14 cannot-include own.scenario.yaml has `repeat`, which only a scenario that runs by itself can have.",
  ],
  [
    "a parameter that nobody gives",
    STEP(`get: "/\${X}"\n${OK}`, "parameters: { X: {} }\n"),
    "2:15 missing-parameter Nobody gives the parameter X.",
  ],
  [
    "data without rows",
    STEP(`get: "/\${A}"\n${OK}`, "data: empty.csv\n"),
    "2:7 wrong-data The data hold no row, so nothing would be run.",
  ],
  [
    "data with gaps",
    STEP(`get: /\n${OK}`, "data: uneven.csv\n"),
    "2:7 wrong-data uneven.csv:3 has 1 value for 2 columns.",
  ],
  [
    "data that end in the middle",
    STEP(`get: /\n${OK}`, "data: open.csv\n"),
    "2:7 wrong-data open.csv:2 cannot be read: a quote is never closed.",
  ],
  [
    "a column twice",
    STEP(`get: /\n${OK}`, "data: twice.csv\n"),
    '2:7 wrong-data twice.csv has two columns "A".',
  ],
  [
    "other separators",
    STEP(`get: /\n${OK}`, "data: names.csv\n"),
    '2:7 wrong-data "A;B" cannot be looked up, so it cannot name a column.',
  ],
  [
    "one object",
    STEP(`get: /\n${OK}`, "data: one.json\n"),
    "2:7 wrong-data one.json holds one object, not a list of objects.",
  ],
  [
    "rows that differ",
    STEP(`get: /\n${OK}`, "data: gap.json\n"),
    '2:7 wrong-data Item 2 of gap.json has no "A".',
  ],
  [
    "data of no known kind",
    STEP(`get: /\n${OK}`, "data: users.xlsx\n"),
    "2:7 wrong-data Nobody knows what kind of data users.xlsx holds.",
  ],
  [
    "a column in the setup",
    STEP(`get: "/\${A}"\n${OK}`, `data: good.csv\nsetup:\n  - { name: b, get: "/\${A}", ${OK} }\n`),
    "4:21 unknown-name Nobody knows ${A} here.",
  ],
  [
    "a name that may not be there",
    LIST(
      `  - { name: a, get: /, best_effort: true, capture: { X: { body: true } } }\n  - { name: b, get: "/\${X}", ${OK} }\n`,
    ),
    '4:21 captured-maybe ${X} is captured in "a", which may be left out or may fail.',
  ],
  ["half a key", STEP(`get: /\n${OK}`, "tls: { certificate: no.pem }\n"), "2:8 half-a-key"],
  [
    "a PEM file that is none",
    STEP(`get: /\n${OK}`, "tls: { ca: no.pem }\n"),
    "2:12 not-pem no.pem is not a PEM file.",
  ],
  [
    "a description of no known kind",
    STEP(`get: /\n${OK}`, "openapi: old.yaml\n"),
    "no-openapi This is no OpenAPI description",
  ],
  [
    "no description to hold against",
    STEP("get: /\nexpect: { openapi: true }"),
    "5:15 no-description There is no description that the answer could be held against.",
  ],
])("refuses %s", (_, text, said) => {
  const found = wrong(text);
  expect(found.join("\n")).toContain(said);
  expect(found.length, found.join("\n")).toBeLessThanOrEqual(2);
});

test("a user whom nobody asks as is a warning", () => {
  const read = readScenario(STEP(`get: /\n${OK}`, "users: { ada: {} }\n"), "s.yaml");
  expect(read).toMatchObject({
    ok: true,
    diagnostics: [{ code: "unused-user", severity: "warning" }],
  });
});

test("a name that may not be there may be looked up where its absence is no fault", () => {
  const text = `scenario: s
steps:
  - { name: a, get: /, best_effort: true, capture: { X: { body: true } } }
  - { name: b, get: "/\${X}", when: "\${X}", ${OK} }
  - { name: c, get: "/\${X}", best_effort: true, ${OK} }
always:
  - { name: d, delete: "/\${X}", ${OK} }
`;
  expect(wrong(text)).toEqual([]);
});

test("what an included scenario needs, its includer needs", () => {
  const text = LIST("  - { name: a, include: login.scenario.yaml }\n");
  const read = readScenario(text, "s.yaml", { files: (path) => FILES[path] });
  expect(read.ok && read.value.needs).toEqual(["USER", "env.url"]);
});
