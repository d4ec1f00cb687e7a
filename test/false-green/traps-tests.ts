import type { Scene, Trap } from "./trap.ts";

const tap = (...lines: readonly string[]): string =>
  `TAP version 13\n1..${lines.length}\n${lines.join("\n")}\n`;
const GREEN = tap("ok 1 - adds", "ok 2 - pays", "ok 3 - ships");
const leaves = (more = "", exit = 0): string =>
  `- tests: { command: [sh, -c, "cat left > report.tap; exit ${exit}"], report: report.tap${more} }`;
const left = (text: string): Pick<Scene, "files"> => ({ files: { left: text } });
const run = (script: string): string =>
  `- tests: { command: [sh, -c, ${JSON.stringify(script)}], report: report.tap }`;

const tests = (
  name: string,
  naive: string,
  sides: { readonly trap: Partial<Scene>; readonly honest?: Partial<Scene> },
  says: Trap["says"],
): Trap => ({
  check: "tests",
  name,
  naive,
  trap: { steps: leaves(), ...left(GREEN), ...sides.trap },
  honest: { ...left(GREEN), ...sides.honest },
  says,
});

/** Suites that end well. */
export const testsTraps: readonly Trap[] = [
  tests(
    "The suite ends well and tests nothing",
    "exit code 0",
    { trap: left("TAP version 13\n1..0\n") },
    "inconclusive tests-empty",
  ),
  tests(
    "The suite ends well and leaves no report",
    "exit code 0",
    { trap: { steps: run("true") }, honest: { steps: leaves() } },
    "error tests-no-report",
  ),
  tests(
    "The report is the one of yesterday's run",
    "the report is green",
    {
      trap: { steps: run("true"), files: { "report.tap": GREEN } },
      honest: { steps: run("cat left > report.tap"), files: { left: GREEN, "report.tap": GREEN } },
    },
    "error tests-stale-report",
  ),
  tests(
    "All tests are skipped",
    "exit code 0, 0 failed",
    { trap: left(tap("ok 1 - adds # SKIP", "ok 2 - pays # SKIP")) },
    "inconclusive tests-all-skipped",
  ),
  tests(
    "One test is skipped, the one that matters",
    "exit code 0, 0 failed",
    { trap: left(tap("ok 1 - adds", "ok 2 - pays # SKIP")) },
    "failed tests-skipped",
  ),
  tests(
    "The suite ends well in spite of a failed test",
    "exit code 0",
    { trap: left(tap("ok 1 - adds", "not ok 2 - pays")) },
    "failed tests-failed",
  ),
  tests(
    "The suite ends badly, and its report is green",
    "0 failed in the report",
    { trap: { steps: leaves("", 1) }, honest: { steps: leaves() } },
    "failed tests-exit-disagrees",
  ),
  tests(
    "The report ends in the middle",
    "no failed test in what is there",
    { trap: left("TAP version 13\n1..3\nok 1 - adds\nok 2 - pays\n") },
    "error tests-report-unbelievable",
  ),
  tests(
    "The report was given up by the runner itself",
    "the tests before it passed",
    { trap: left("TAP version 13\n1..3\nok 1 - adds\nBail out! no database\n") },
    "error tests-report-unbelievable",
  ),
  tests(
    "A JUnit report counts more tests than it lists",
    "the list has no failure",
    {
      trap: {
        ...left('<testsuite name="s" tests="3" failures="1"><testcase name="adds"/></testsuite>'),
      },
      honest: left(
        '<testsuite name="s" tests="1" failures="0"><testcase name="adds"/></testsuite>',
      ),
    },
    "error tests-report-unbelievable",
  ),
  tests(
    "An HTML page is where the report should be",
    "no failed test in it",
    { trap: left("<!doctype html><html><body>Not found</body></html>") },
    "error tests-report-unreadable",
  ),
  tests(
    "A filter leaves one of 24 tests",
    "exit code 0, 0 failed",
    {
      trap: { steps: leaves(", at_least: 3"), ...left(tap("ok 1 - adds")) },
    },
    "failed tests-too-few",
  ),
  tests(
    "As many fail as always, but other ones",
    "the number is that of the baseline",
    {
      trap: {
        steps: leaves(", baseline: { passed: 2, of: 3, may_fail: [ships] }"),
        ...left(tap("ok 1 - adds", "not ok 2 - pays", "ok 3 - ships")),
      },
      honest: left(tap("ok 1 - adds", "ok 2 - pays", "not ok 3 - ships")),
    },
    "failed tests-failed",
  ),
  tests(
    "A failing test was renamed out of the baseline",
    "the number is that of the baseline",
    {
      trap: {
        steps: leaves(", baseline: { passed: 2, of: 3, may_fail: [ships] }"),
        ...left(tap("ok 1 - adds", "ok 2 - pays", "ok 3 - ships abroad")),
      },
      honest: left(tap("ok 1 - adds", "ok 2 - pays", "not ok 3 - ships")),
    },
    "failed tests-baseline",
  ),
  tests(
    "No test has the tag of the critical ones",
    "100 % of none passed",
    {
      trap: { steps: leaves(", critical: { tag: '@critical' }") },
      honest: left(tap("ok 1 - adds @critical")),
    },
    "inconclusive tests-none-critical",
  ),
  tests(
    "Every test may fail",
    "no more failed than may",
    {
      trap: {
        steps: leaves(", failed: 3, at_least: 3"),
        ...left(tap("not ok 1 - adds", "not ok 2 - pays", "not ok 3 - ships")),
      },
      honest: { steps: leaves(", at_least: 3") },
    },
    "refused step-refused",
  ),
  tests(
    "The runner is killed after it has written its report",
    "the report is green",
    {
      trap: { steps: run("cat left > report.tap; kill -9 $$") },
      honest: { steps: run("cat left > report.tap") },
    },
    "error command-failed",
  ),
  tests(
    "The report that another program wrote is from before",
    "the report is green",
    {
      trap: {
        steps: `- command: [node, -e, "fs.utimesSync('left', 1, Date.now() / 1000 - 7200)"]\n- tests: { report: left }`,
      },
      honest: { steps: "- tests: { report: left }" },
    },
    "error tests-stale-report",
  ),
];
