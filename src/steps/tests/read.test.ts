import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { readReport } from "./read.ts";
import { NotAReport, type Format } from "./report.ts";
import { casesTable, tallyOf, tagged } from "./tally.ts";

/** Written by the real runners: see the folder's README. */
const folder = path.resolve(import.meta.dirname, "../../../test/fixtures/test-reports");
const written = (name: string) => readFile(path.join(folder, name), "utf8");

test.each([
  ["vitest.json", "jest", [7, 3, 1, 2, 1]],
  ["vitest.junit.xml", "junit", [7, 4, 1, 2, 0]],
  ["vitest.tap", "tap", [7, 4, 1, 2, 0]],
  ["node.tap", "tap", [5, 2, 1, 2, 0]],
  ["node.junit.xml", "junit", [5, 2, 1, 2, 0]],
  ["playwright.json", "playwright", [12, 6, 2, 2, 2]],
  ["playwright.junit.xml", "junit", [12, 8, 2, 2, 0]],
  ["pytest.junit.xml", "junit", [9, 4, 3, 2, 0]],
])(
  "reads %s as its runner wrote it",
  async (name, format, [tests, passed, failed, skipped, flaky]) => {
    const report = await readReport(await written(name));

    expect(report).toMatchObject({ format, problems: [] });
    expect(tallyOf(report.cases)).toEqual({ tests, passed, failed, skipped, flaky });
    const { message } = report.cases.find(({ status }) => status === "failed") ?? {};
    expect(message).toMatch(/expected|1 == 2/);
  },
);

test.each([
  ["vitest.json", 'shop > counts <stock> & "more"'],
  ["vitest.junit.xml", 'shop.test.mjs > shop > counts <stock> & "more"'],
  ["node.tap", "shop > counts # <stock>"],
  ["node.junit.xml", "shop > counts # <stock>"],
  ["playwright.json", "[phone] pw.spec.mjs > shop > counts stock"],
  ["pytest.junit.xml", "test_shop > test_counts"],
])("names a failed test of %s as people know it", async (name, expected) => {
  const { cases } = await readReport(await written(name));
  expect(cases.filter(({ status }) => status === "failed").map((each) => each.name)).toContain(
    expected,
  );
});

test.each([
  ["playwright.json", 4],
  ["vitest.json", 1],
  ["node.tap", 1],
])("finds the critical tests of %s", async (name, count) => {
  const { cases } = await readReport(await written(name));
  expect(tagged(cases, "@critical")).toHaveLength(count);
  expect(tagged(cases, "critical")).toHaveLength(count);
});

test("a file that could not be loaded is a failed test", async () => {
  const { cases } = await readReport(await written("vitest-broken.json"));
  expect(cases).toMatchObject([
    {
      name: "broken.test.mjs > (the file itself)",
      status: "failed",
      message: expect.stringContaining("Cannot find module"),
    },
  ]);
});

// After the format's description: the plug-in itself was not at hand.
const PYTEST = {
  created: 1,
  duration: 1,
  exitcode: 1,
  root: "/srv",
  environment: {},
  summary: { passed: 1, failed: 1, xfailed: 1, total: 3, collected: 3 },
  tests: [
    {
      nodeid: "a.py::test_a",
      outcome: "passed",
      keywords: ["critical", "a.py"],
      call: { duration: 0.5, outcome: "passed" },
    },
    {
      nodeid: "a.py::T::test_b",
      outcome: "failed",
      keywords: [],
      call: {
        duration: 1,
        outcome: "failed",
        crash: { path: "a.py", lineno: 1, message: "assert 1 == 2" },
        longrepr: "long",
      },
    },
    { nodeid: "a.py::test_c", outcome: "xfailed", keywords: [] },
  ],
};

test("reads the JSON of pytest", async () => {
  const { format, cases, problems } = await readReport(JSON.stringify(PYTEST));
  expect([format, problems, tallyOf(cases)]).toEqual([
    "pytest",
    [],
    { tests: 3, passed: 1, failed: 1, skipped: 1, flaky: 0 },
  ]);
  expect(cases[1]).toMatchObject({
    name: "a.py > T > test_b",
    message: "assert 1 == 2",
    durationMs: 1000,
  });
  expect(tagged(cases, "critical")).toHaveLength(1);
});

const suite = (attributes: string, inside: string) =>
  `<testsuite name="s" ${attributes}>${inside}</testsuite>`;
const ok = '<testcase classname="c" name="a"/>';

test.each<[string, string, string]>([
  [
    "a suite that says more tests than it holds",
    suite('tests="24"', ok),
    "says 24 tests and holds 1",
  ],
  [
    "a suite that says failures and holds none",
    suite('tests="1" failures="3"', ok),
    "says 3 failures and holds none",
  ],
  [
    "a whole that says more than its suites",
    `<testsuites tests="9">${suite('tests="1"', ok)}</testsuites>`,
    "says 9 tests",
  ],
  ["a plan of more tests", "TAP version 13\n1..3\nok 1 - a\n", "plans 3 tests and holds 1"],
  [
    "an inner plan of more tests",
    "TAP version 13\n    ok 1 - a\n    1..2\nok 1 - s\n1..1\n",
    "plans 2 tests and holds 1",
  ],
  ["no plan", "TAP version 13\nok 1 - a\n", "no plan"],
  ["a run that was given up", "1..1\nok 1 - a\nBail out! no database\n", "given up"],
  [
    "a suite that does not end",
    "TAP version 13\n1..1\nok 1 - a\n    ok 1 - b\n",
    "middle of a suite",
  ],
  ["details that do not end", "1..1\nok 1 - a\n  ---\n  x: 1\n", "middle of a test's details"],
  ["an interrupted pytest", JSON.stringify({ ...PYTEST, exitcode: 2 }), "pytest ended with 2"],
  ["a pytest of fewer tests", JSON.stringify({ ...PYTEST, tests: [] }), "says 3 tests"],
  [
    "a Jest run that failed without a failed test",
    '{"numTotalTests":0,"numFailedTests":0,"success":false,"testResults":[]}',
    "the run failed",
  ],
  [
    "a Jest run of fewer tests",
    '{"numTotalTests":5,"numFailedTests":0,"success":true,"testResults":[]}',
    "says 5 tests",
  ],
  [
    "a Playwright run that failed outside of tests",
    '{"config":{},"suites":[],"errors":[{"message":"no browser"}],"stats":{"expected":0,"unexpected":0}}',
    "no browser",
  ],
])("does not believe %s", async (_, text, problem) => {
  const { problems } = await readReport(text);
  expect(problems.join("; ")).toContain(problem);
});

test.each<[string, string, string, Format?]>([
  ["nothing", " ", "empty"],
  ["a page", "<html><body>ok</body></html>", "root is <html>"],
  ["cut off XML", suite("", ok).slice(0, -5), "not XML, or cut off"],
  ["XML with a document type", `<!DOCTYPE x [<!ENTITY a "b">]>${suite("", ok)}`, "document type"],
  ["an entity of its own", suite("", "<testcase name='&a;'/>"), "not XML"],
  ["XML that is too deep", "<testsuite>".repeat(200), "nested too deeply"],
  ["cut off JSON", '{"testResults":[', "not JSON, or cut off"],
  ["JSON of something else", '{"status":"ok"}', "not known"],
  ["JSON with a wrong shape", '{"testResults":[{}]}', "at numTotalTests"],
  ["words", "all tests passed", "none of"],
  ["another format than wanted", suite("", ok), "it is junit, not tap", "tap"],
])("does not take %s for a report", async (_, text, why, format) => {
  const reading = readReport(text, format);
  await expect(reading).rejects.toThrow(NotAReport);
  await expect(reading).rejects.toThrow(why);
});

test.each([
  ["a failure outside of any test", suite("", '<error message="no database"/>'), "failed"],
  [
    "a test with an error",
    suite("", '<testcase name="a"><error message="x"/></testcase>'),
    "failed",
  ],
  [
    "a rerun of surefire",
    suite("", '<testcase name="a"><flakyFailure message="x"/></testcase>'),
    "flaky",
  ],
  [
    "a suite whose clean-up failed",
    "TAP version 13\n    ok 1 - a\n    1..1\nnot ok 1 - s\n1..1\n",
    "failed",
  ],
])("%s is seen", async (_, text, status) => {
  const { cases } = await readReport(text);
  expect(cases.map((each) => each.status)).toContain(status);
});

test("the table has the failed ones first, with their words", async () => {
  const { cases } = await readReport(await written("node.junit.xml"));
  expect(casesTable(cases).split("\n").slice(0, 4)).toEqual([
    "5 tests: 2 passed, 1 failed, 2 skipped, 0 flaky",
    "",
    "failed         1 ms  shop > counts # <stock>",
    expect.stringContaining("1 == 2"),
  ]);
});
