import { expect, test } from "vitest";
import { countTests } from "../scripts/count-tests.ts";

function report(success: boolean, ...files: { status: string; tests: readonly string[] }[]) {
  const testResults = files.map(({ status, tests }) => ({
    status,
    assertionResults: tests.map((each) => ({ status: each })),
  }));
  return JSON.stringify({ success, testResults });
}

test("adds the tests of all reports up", () => {
  const unit = report(true, { status: "passed", tests: ["passed", "passed", "pending"] });
  const slow = report(true, { status: "passed", tests: ["passed", "skipped", "todo"] });
  expect(countTests([unit, slow])).toEqual({ passed: 3, failed: 0, skipped: 3 });
});

test("counts what failed", () => {
  const one = report(false, { status: "failed", tests: ["passed", "failed"] });
  expect(countTests([one])).toEqual({ passed: 1, failed: 1, skipped: 0 });
});

test("counts a file that can't be loaded as one test that failed", () => {
  const one = report(false, { status: "failed", tests: [] });
  expect(countTests([one])).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

test("never calls a run that failed outside of its tests good", () => {
  const one = report(false, { status: "passed", tests: ["passed"] });
  expect(countTests([one])).toEqual({ passed: 1, failed: 1, skipped: 0 });
});
