import { expect, test } from "vitest";
import { readScenario } from "./read.ts";

const FILES: Readonly<Record<string, string>> = {
  "sub/inner.scenario.yaml":
    "scenario: inner\nsteps:\n  - { name: i, post: /x, file: own.bin, expect: { status: 200 } }\n",
};
const THERE = new Set(["there.pdf", "sub/own.bin"]);

/** What is said of the steps: `line:column code what`. */
function said(steps: string, head = ""): readonly string[] {
  const text = `scenario: s\n${head}steps:\n${steps.replaceAll(/^/gm, "  ")}\n`;
  const read = readScenario(text, "s.scenario.yaml", {
    files: (path) => FILES[path],
    exists: (path) => THERE.has(path),
  });
  return read.diagnostics.map(({ line, column, what }) => `${line}:${column} ${what}`);
}

const missing = (file: string) =>
  `There is no file ${file}: no step before makes or downloads it, and none lies beside the scenario.`;

test.each([
  ["- { name: a, post: /x, file: no.bin, expect: { status: 200 } }", [`3:32 ${missing("no.bin")}`]],
  [
    "- name: a\n  post: /x\n  multipart:\n    up: { file: no.bin }\n  expect: { status: 200 }",
    [`6:19 ${missing("no.bin")}`],
  ],
  [
    "- name: a\n  post: /x\n  multipart:\n    - { name: up, file: no.bin }\n  expect: { status: 200 }",
    [`6:27 ${missing("no.bin")}`],
  ],
  [
    "- { name: j, join: { files: [there.pdf, no.bin], into: all.bin } }",
    [`3:43 ${missing("no.bin")}`],
  ],
  [
    "- { name: a, post: /x, file: later.bin, expect: { status: 200 } }\n- { name: m, make: { file: later.bin, size: 1KB } }",
    [`3:32 ${missing("later.bin")}`],
  ],
  ["- { name: a, post: /x, file: there.pdf, expect: { status: 200 } }", []],
  ['- { name: a, post: /x, file: "${NAME}", expect: { status: 200 } }', []],
  [
    "- { name: m, make: { file: m.bin, size: 1KB } }\n- { name: a, post: /x, file: m.bin, expect: { status: 200 } }",
    [],
  ],
  [
    "- { name: d, get: /x, download: d.bin, expect: { status: 200 } }\n- { name: a, post: /x, file: d.bin, expect: { status: 200 } }",
    [],
  ],
  ["- { name: i, include: sub/inner.scenario.yaml }", []],
])("%s", (steps, complaints) => {
  expect(said(steps)).toEqual(complaints);
});

test("a file that an included scenario lacks is missed there", () => {
  THERE.delete("sub/own.bin");
  expect(said("- { name: i, include: sub/inner.scenario.yaml }")).toEqual([
    `3:5 ${missing("own.bin")}`,
  ]);
});

const STEP = "- { name: a, get: /x, expect: { status: 200 } }";

test.each([
  ["localhost:8000", "Begin it with http:// or https://: http://localhost:8000"],
  ["staging.test/api", "Begin it with http:// or https://: http://staging.test/api"],
  ["ftp://staging.test", "Write it whole: https://staging.example.com"],
])("the base %s is no URL", (base, fix) => {
  const text = `scenario: s\nbase: ${base}\nsteps:\n  ${STEP}\n`;
  const [only, ...rest] = readScenario(text, "s.scenario.yaml").diagnostics;
  expect(rest).toEqual([]);
  expect(only).toMatchObject({ code: "wrong-base", line: 2, column: 7, fix });
});

test.each(["http://localhost:8000", "https://a.test/api/", '"${env.url}/api"'])(
  "the base %s is one",
  (base) => {
    expect(said(STEP, `base: ${base}\n`)).toEqual([]);
  },
);

test("a misspelt look-up that somebody could answer has its place, and the name that was meant", () => {
  const text = `scenario: s
steps:
  - { name: a, get: /x, expect: { status: 200 }, capture: { ID: { json: $.id } } }
  - { name: b, get: "/x/\${IDD}", expect: { status: 200 } }
`;
  const read = readScenario(text, "s.scenario.yaml");
  expect(read).toMatchObject({
    ok: true,
    value: {
      needs: ["env.url", "IDD"],
      needsAt: { IDD: { at: { file: "s.scenario.yaml", line: 4, column: 21 }, meant: "ID" } },
    },
  });
});
