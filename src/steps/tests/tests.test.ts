import { readFile, utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import type { JsonObject } from "../../model/json.ts";
import { Fault } from "../../model/failure.ts";
import type { Finished, Shell } from "../../ports/shell.ts";
import { fakePreparation, fakeWork, type Given } from "../../../test/rig/fake-work.ts";
import { tests } from "./index.ts";

const fixtures = path.resolve(import.meta.dirname, "../../../test/fixtures/test-reports");
const written = (name: string) => readFile(path.join(fixtures, name), "utf8");

/** A suite that leaves these files and ends like this. */
interface Left {
  readonly files?: Readonly<Record<string, string>>;
  readonly exit?: number;
  readonly ended?: Finished["ended"];
  /** What an earlier run has left. */
  readonly older?: Readonly<Record<string, string>>;
}

async function ran(
  spec: object,
  { files = {}, exit = 0, ended, older = {} }: Left,
  more: Given = {},
) {
  const keys: string[] = [];
  let folder = "";
  const shell = {
    async run(key: string) {
      keys.push(key);
      for (const [name, text] of Object.entries(files))
        await writeFile(path.join(folder, name), text);
      return {
        ended: ended ?? { how: "exit", code: exit },
        tail: "what it printed\n",
        durationMs: 5,
      };
    },
    receipt: async () => ({ state: "ended" }),
  } as unknown as Shell;
  await using fake = await fakeWork(tests, {
    shell,
    ...more,
    spec: { command: ["npm", "test"], report: "report", ...spec },
  });
  folder = fake.work.project;
  for (const [name, text] of Object.entries(older)) await writeFile(path.join(folder, name), text);
  const result = await tests.run(fake.work);
  return { result, kept: new Map(fake.kept), keys, notes: fake.notes, told: fake.said };
}

const tap = (...lines: string[]) => `TAP version 13\n1..${lines.length}\n${lines.join("\n")}\n`;
const GREEN = tap("ok 1 - a @critical", "ok 2 - b", "ok 3 - c");
const RED = tap("ok 1 - a @critical", "not ok 2 - b", "ok 3 - c");
const SKIPPED = tap("ok 1 - a # SKIP", "ok 2 - b # SKIP");
const FLAKY = `<testsuite name="s"><testcase name="a"><flakyFailure/></testcase></testsuite>`;
const BASE = { baseline: { passed: 2, of: 3, may_fail: ["b"] } };

test.each<[string, object, Left, string, string?]>([
  ["all passed", {}, { files: { report: GREEN } }, "passed"],
  ["one failed", {}, { files: { report: RED }, exit: 1 }, "failed", "tests-failed"],
  [
    "one failed and the suite says that all is well",
    {},
    { files: { report: RED } },
    "failed",
    "tests-failed",
  ],
  [
    "a green report of a suite that ended badly",
    {},
    { files: { report: GREEN }, exit: 1 },
    "failed",
    "tests-exit-disagrees",
  ],
  ["a green end without a report", {}, {}, "error", "tests-no-report"],
  ["a red end without a report", {}, { exit: 1 }, "error", "tests-no-report"],
  [
    "a report that was there before",
    {},
    { older: { report: GREEN } },
    "error",
    "tests-stale-report",
  ],
  [
    "a report written anew in place of an older one",
    {},
    { older: { report: RED }, files: { report: GREEN } },
    "passed",
  ],
  [
    "one of two reports missing",
    { report: ["report", "other"] },
    { files: { report: GREEN } },
    "error",
    "tests-no-report",
  ],
  [
    "two reports",
    { report: ["report", "other"] },
    { files: { report: GREEN, other: RED }, exit: 1 },
    "failed",
    "tests-failed",
  ],
  ["an empty report", {}, { files: { report: "" } }, "error", "tests-report-unreadable"],
  [
    "a cut off report",
    {},
    { files: { report: "TAP version 13\n1..3\nok 1 - a\n" } },
    "error",
    "tests-report-unbelievable",
  ],
  [
    "a cut off report that knows a failure",
    {},
    { files: { report: "1..3\nnot ok 1 - a\n" } },
    "failed",
    "tests-failed",
  ],
  [
    "an empty suite",
    {},
    { files: { report: "TAP version 13\n1..0\n" } },
    "inconclusive",
    "tests-empty",
  ],
  [
    "everything skipped",
    { skipped: 9 },
    { files: { report: SKIPPED } },
    "inconclusive",
    "tests-all-skipped",
  ],
  [
    "one skipped",
    {},
    { files: { report: tap("ok 1 - a", "ok 2 - b # SKIP") } },
    "failed",
    "tests-skipped",
  ],
  [
    "one skipped, as it may be",
    { skipped: 1 },
    { files: { report: tap("ok 1 - a", "ok 2 - b # SKIP") } },
    "passed",
  ],
  ["too few tests", { at_least: 4 }, { files: { report: GREEN } }, "failed", "tests-too-few"],
  [
    "skipped tests do not count as carried out",
    { at_least: 2, skipped: 1 },
    { files: { report: tap("ok 1 - a", "ok 2 - b # SKIP") } },
    "failed",
    "tests-too-few",
  ],
  ["a flaky test", {}, { files: { report: FLAKY } }, "passed"],
  [
    "a flaky test where none may be",
    { flaky: 0 },
    { files: { report: FLAKY } },
    "failed",
    "tests-flaky",
  ],
  ["a test that is known to fail", BASE, { files: { report: RED }, exit: 1 }, "passed"],
  [
    "another test than the known one",
    BASE,
    { files: { report: tap("not ok 1 - a", "ok 2 - b", "ok 3 - c") }, exit: 1 },
    "failed",
    "tests-failed",
  ],
  [
    "a known failure and another one",
    BASE,
    { files: { report: tap("not ok 1 - a", "not ok 2 - b", "ok 3 - c") }, exit: 1 },
    "failed",
    "tests-failed",
  ],
  [
    "fewer tests than the baseline knows",
    BASE,
    { files: { report: tap("ok 1 - a", "ok 2 - b") } },
    "failed",
    "tests-baseline",
  ],
  [
    "a baseline that names no test",
    { baseline: { passed: 2, of: 3, may_fail: ["x"] } },
    { files: { report: GREEN } },
    "failed",
    "tests-baseline",
  ],
  [
    "fewer passed than the baseline",
    { baseline: { passed: 3, of: 3, may_fail: ["b"] } },
    { files: { report: RED }, exit: 1 },
    "failed",
    "tests-baseline",
  ],
  ["a known failure that passes now", BASE, { files: { report: GREEN } }, "passed"],
  [
    "enough of the critical part",
    { critical: { tag: "@critical", at_least: "95%" } },
    { files: { report: GREEN } },
    "passed",
  ],
  [
    "no critical part",
    { critical: { tag: "@vital" } },
    { files: { report: GREEN } },
    "inconclusive",
    "tests-none-critical",
  ],
  [
    "a known failure that is critical",
    {
      baseline: { passed: 2, of: 3, may_fail: ["b @x"] },
      critical: { tag: "@x", at_least: "95%" },
    },
    { files: { report: tap("ok 1 - a", "not ok 2 - b @x", "ok 3 - c @x") }, exit: 1 },
    "failed",
    "tests-critical",
  ],
  [
    "a critical test that is skipped",
    { skipped: 1, critical: { tag: "@x" } },
    { files: { report: tap("ok 1 - a", "ok 2 - b @x # SKIP") } },
    "failed",
    "tests-critical",
  ],
  [
    "a suite that was killed",
    {},
    { files: { report: GREEN }, ended: { how: "signal", signal: "SIGKILL" } },
    "error",
    "command-failed",
  ],
  [
    "a suite out of time",
    {},
    { files: { report: GREEN }, ended: { how: "out-of-time" } },
    "error",
    "command-out-of-time",
  ],
  [
    "a runner that is not there",
    {},
    { ended: { how: "not-started", why: "no such program" } },
    "error",
    "command-not-started",
  ],
])("%s", async (_, spec, left, outcome, code) => {
  const { result } = await ran(spec, left);
  expect([result.outcome, result.failure?.code]).toEqual([outcome, code]);
});

test("the numbers are those of the report, and so is what is kept", async () => {
  const { result, kept, keys } = await ran(
    {
      report: "e2e.json",
      failed: 2,
      skipped: 2,
      at_least: 10,
      critical: { tag: "@critical", at_least: "95%" },
    },
    { files: { "e2e.json": await written("playwright.json") }, exit: 1 },
  );

  expect(result).toMatchObject({
    outcome: "passed",
    summary: "8 of 12 tests passed, 2 failed, 2 skipped, 2 only after failing",
    numbers: {
      samples: 10,
      tests: 12,
      passed: 6,
      failed: 2,
      skipped: 2,
      flaky: 2,
      critical: 4,
      criticalPassed: 4,
    },
    facts: { passed: 6, tests: 12 },
    warnings: [expect.stringContaining("2 tests passed only after failing")],
  });
  expect([...kept.keys()]).toEqual(["tests.txt", "tests-report.json"]);
  expect(keys).toEqual(["41/tests/do/1"]);
});

test("says which tests failed, with their words, and what was printed where there is no report", async () => {
  const failed = await ran(
    { report: "r.xml" },
    { files: { "r.xml": await written("pytest.junit.xml") }, exit: 1 },
  );
  expect(failed.result.failure).toMatchObject({
    what: "3 tests of 9 failed.",
    detail: expect.stringContaining("test_shop > test_counts\n    assert 1 == 2"),
    at: { line: 1 },
  });
  const silent = await ran({}, {});
  expect(silent.result.failure?.what).toContain("The suite itself ended well.");
  expect(silent.result.failure?.detail).toBe("what it printed");
});

test("goes on after a crash with what it had noted, and never starts the suite twice by itself", async () => {
  const { notes } = await ran({}, { files: { report: GREEN } });
  const noted = { reports_before: { key: "41/tests/do/1", standing: {} } };
  expect(notes).toEqual([noted]);
  const again = await ran({}, { files: { report: GREEN } }, { facts: noted });
  expect(again.notes).toEqual([]);
  // What the first attempt has written is no report of the second.
  const retried = await ran({}, { older: { report: GREEN } }, { attempt: 2, facts: noted });
  expect(retried.result.failure?.code).toBe("tests-stale-report");
  const shell = { receipt: async () => ({ state: "never started" }) } as unknown as Shell;
  await using fake = await fakeWork(tests, { shell, spec: { command: ["x"], report: "r" } });
  expect(await tests.settle?.(fake.work)).toBe("never started");
});

test("a suite that nobody knows the end of is an error", async () => {
  const fault = new Fault({ code: "command-lost", what: "Lost.", fix: "Look." });
  const shell = { run: () => Promise.reject(fault) } as unknown as Shell;
  await using fake = await fakeWork(tests, { shell, spec: { command: ["x"], report: "r" } });
  expect(await tests.run(fake.work)).toMatchObject({
    outcome: "error",
    failure: { code: "command-lost" },
  });
});

test.each([
  ["is judged when it is fresh", 60, "passed", undefined],
  ["is no proof when it is old", 7_200, "error", "tests-stale-report"],
])("a report of another program %s", async (_, ageSeconds, outcome, code) => {
  await using fake = await fakeWork(tests, { spec: { report: "r.tap" } });
  const file = path.join(fake.work.project, "r.tap");
  await writeFile(file, GREEN);
  const then = fake.work.clock.now() / 1000 - ageSeconds;
  await utimes(file, then, then);
  const result = await tests.run(fake.work);
  expect([result.outcome, result.failure?.code]).toEqual([outcome, code]);
});

test.each<[string, object, string[]]>([
  ["a report outside", { report: "../r" }, ["blame-report"]],
  ["a folder outside", { cwd: "../x" }, ["blame-cwd"]],
  ["a baseline without names", { baseline: { passed: 19, of: 24 } }, ["blame-baseline"]],
  [
    "a baseline's file that is not there",
    { baseline: { passed: 1, of: 2, file: "b.txt" } },
    ["blame-baseline.file", "blame-baseline"],
  ],
  [
    "a baseline that lets all fail",
    { baseline: { passed: 0, of: 1, may_fail: ["a"] } },
    ["blame-baseline.passed"],
  ],
  ["as many failures as tests", { failed: 1 }, ["blame-failed"]],
])("validate refuses %s", (_, spec, blamed) => {
  const prepared = tests.prepare?.(
    tests.spec.parse({ command: ["x"], report: "r", ...spec }) as JsonObject,
    fakePreparation(),
  );
  expect(prepared?.diagnostics.map(({ code }) => code)).toEqual(blamed);
});

test("reads the names that may fail from a file", () => {
  const prepared = tests.prepare?.(
    tests.spec.parse({
      command: ["x"],
      report: "r",
      baseline: { passed: 1, of: 3, file: "b.txt" },
    }) as JsonObject,
    fakePreparation({ read: (file) => ({ path: file, text: "# known\na > b\n\n c \n" }) }),
  );
  expect(prepared).toMatchObject({
    diagnostics: [],
    spec: { baseline: { may_fail: ["a > b", "c"] } },
  });
});

test.each([
  ["all that failed as the baseline allows", BASE, "1 failed as the baseline allows"],
  [
    "one more than the baseline allows",
    { baseline: { passed: 1, of: 3, may_fail: ["a"] } },
    "1 failed, not as the baseline allows",
  ],
  [
    "some as the baseline allows, some not",
    { baseline: { passed: 1, of: 3, may_fail: ["b"] } },
    "2 failed (1 as the baseline allows, 1 not)",
  ],
])("says how many failed: %s", async (name, spec, words) => {
  const report = name.startsWith("some") ? tap("not ok 1 - a", "not ok 2 - b", "ok 3 - c") : RED;
  const { told } = await ran(spec, { files: { report }, exit: 1 });
  expect(told.at(-1)).toContain(words);
});
