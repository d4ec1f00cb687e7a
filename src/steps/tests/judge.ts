import type { Failure } from "../../model/failure.ts";
import type { Step } from "../../model/plan.ts";
import type { TestCase } from "./report.ts";
import type { TestsSpec } from "./spec.ts";
import { duplicates, tagged, type Tally, tallyOf, times } from "./tally.ts";

/** What a suite is judged by. */
export interface Suite {
  readonly spec: TestsSpec;
  readonly cases: readonly TestCase[];
  /** Why the report can't be believed. */
  readonly problems: readonly string[];
  /** How the suite's own command ended; undefined when it was run elsewhere. */
  readonly exit: number | undefined;
  readonly at: Step["at"];
}

export type Verdict =
  | { readonly outcome: "passed" }
  | { readonly outcome: "failed" | "inconclusive" | "error"; readonly failure: Failure };

/** What the report says about the release. */
export function judge(suite: Suite): Verdict {
  const { spec, cases, problems } = suite;
  const tally = tallyOf(cases);
  const says = (outcome: "failed" | "inconclusive" | "error", failure: Omit<Failure, "at">) => ({
    outcome,
    failure: { ...failure, at: suite.at },
  });
  // Tests that failed say more than anything else that is wrong.
  const failed = tooManyFailed(suite, tally);
  if (failed !== undefined) return says("failed", failed);
  if (problems.length > 0) return says("error", contradiction(problems));
  const empty = nothingRan(spec, tally);
  if (empty !== undefined)
    return says(tally.tests > 0 && tally.skipped < tally.tests ? "failed" : "inconclusive", empty);
  const bad = tooMany(spec, tally) ?? baselineBroken(suite, tally) ?? disagrees(suite, tally);
  if (bad !== undefined) return says("failed", bad);
  const critical = criticalShare(suite);
  return critical === undefined ? { outcome: "passed" } : says(critical.outcome, critical.failure);
}

/** Names of the tests that may fail. */
function mayFail({ baseline }: TestsSpec): ReadonlySet<string> {
  return new Set(baseline?.may_fail);
}

function isNamed(names: ReadonlySet<string>, name: string): boolean {
  return names.has(name);
}

/** Tests that failed and that the baseline, where there is one, does not let fail. */
export function unknownFailures({ spec, cases }: Suite): readonly TestCase[] {
  const known = mayFail(spec);
  return cases.filter(({ status, name }) => status === "failed" && !isNamed(known, name));
}

function tooManyFailed(suite: Suite, tally: Tally): Omit<Failure, "at"> | undefined {
  const { spec } = suite;
  const unknown = unknownFailures(suite);
  if (unknown.length <= spec.failed) return undefined;
  const others = spec.baseline === undefined ? "" : " that the baseline does not name";
  const fix =
    spec.baseline === undefined
      ? "Read why in the kept table, mend it, and run again."
      : "Mend what is new. The baseline is for what was known before, not for this.";
  return {
    code: "tests-failed",
    what: `${times(unknown.length, "test")} of ${tally.tests} failed${others}${spec.failed > 0 ? `; at most ${spec.failed} may` : ""}.`,
    fix,
    detail: unknown.slice(0, 10).map(show).join("\n").slice(0, 4_000),
  };
}

function show({ name, message }: TestCase): string {
  const why = message?.split("\n").find((line) => line.trim() !== "");
  return why === undefined ? name : `${name}\n    ${why.trim().slice(0, 300)}`;
}

function contradiction(problems: readonly string[]): Omit<Failure, "at"> {
  return {
    code: "tests-report-unbelievable",
    what: `The report can't be believed: ${problems[0]?.replace(/\.+$/, "") ?? ""}.`,
    fix: "Read what the suite printed: it was cut off, or failed outside of its tests.",
    ...(problems.length > 1 && { detail: problems.slice(0, 20).join("\n") }),
  };
}

function nothingRan(spec: TestsSpec, tally: Tally): Omit<Failure, "at"> | undefined {
  const ran = tally.tests - tally.skipped;
  if (ran >= spec.at_least) return undefined;
  const what =
    tally.tests === 0
      ? "The report holds no test at all."
      : ran === 0
        ? `All of its ${times(tally.tests, "test")} were skipped.`
        : `${times(ran, "test was", "tests were")} carried out; at least ${spec.at_least} must be.`;
  return {
    code: tally.tests === 0 ? "tests-empty" : ran === 0 ? "tests-all-skipped" : "tests-too-few",
    what,
    fix: "See whether the suite finds its tests: a filter, a wrong folder, a pattern of file names.",
  };
}

function tooMany(spec: TestsSpec, tally: Tally): Omit<Failure, "at"> | undefined {
  if (tally.skipped > spec.skipped)
    return {
      code: "tests-skipped",
      what: `${times(tally.skipped, "test was", "tests were")} skipped; at most ${spec.skipped} may be.`,
      fix: "Let them run, or say with `skipped` how many are known to be skipped.",
    };
  if (spec.flaky === undefined || tally.flaky <= spec.flaky) return undefined;
  return {
    code: "tests-flaky",
    what: `${times(tally.flaky, "test")} passed only after failing; at most ${spec.flaky} may.`,
    fix: "See in the kept table which, and make them say the same each time.",
  };
}

/** The same ones may fail, no other, and none may vanish. */
function baselineBroken({ spec, cases }: Suite, tally: Tally): Omit<Failure, "at"> | undefined {
  const { baseline } = spec;
  if (baseline === undefined) return undefined;
  const names = new Set(cases.map(({ name }) => name));
  const gone = (baseline.may_fail ?? []).filter((name) => !names.has(name));
  const good = tally.passed + tally.flaky;
  const fix = "Bring back what is missing, or write down the baseline as it is now, and why.";
  if (tally.tests < baseline.of)
    return {
      code: "tests-baseline",
      what: `There are ${times(tally.tests, "test")}; the baseline knows ${baseline.of}.`,
      fix,
    };
  if (gone.length > 0)
    return {
      code: "tests-baseline",
      what: `The baseline names ${times(gone.length, "test")} that the report does not have: ${gone.slice(0, 5).join(", ")}.`,
      fix: "Write the names as the kept table has them, or take out what is gone.",
    };
  if (good >= baseline.passed) return undefined;
  return {
    code: "tests-baseline",
    what: `${times(good, "test")} of ${tally.tests} passed; the baseline is ${baseline.passed} of ${baseline.of}.`,
    fix,
  };
}

/** An exit code and a report that do not say the same are no proof. */
function disagrees({ exit }: Suite, tally: Tally): Omit<Failure, "at"> | undefined {
  if (exit === undefined || exit === 0 || tally.failed > 0) return undefined;
  return {
    code: "tests-exit-disagrees",
    what: `The suite ended with exit code ${exit}, and its report knows no failed test.`,
    fix: "Read what the suite printed: something besides the tests went wrong, such as a clean-up, a threshold, or a report of another run.",
  };
}

function criticalShare({ spec, cases, at }: Suite) {
  if (spec.critical === undefined) return undefined;
  const { tag, at_least } = spec.critical;
  const those = tagged(cases, tag);
  const good = those.filter(({ status }) => status === "passed" || status === "flaky").length;
  if (those.length === 0)
    return {
      outcome: "inconclusive" as const,
      failure: {
        code: "tests-none-critical",
        what: `No test has the tag ${tag}.`,
        fix: "Tag the tests that matter most, or correct `critical.tag`.",
        at,
      },
    };
  if (good / those.length >= at_least) return undefined;
  return {
    outcome: "failed" as const,
    failure: {
      code: "tests-critical",
      what: `${good} of ${those.length} critical tests passed (${percent(good / those.length)}); at least ${percent(at_least)} must.`,
      fix: "Read why in the kept table, mend it, and run again.",
      detail: those
        .filter(({ status }) => status === "failed" || status === "skipped")
        .slice(0, 10)
        .map(show)
        .join("\n"),
      at,
    },
  };
}

function percent(share: number): string {
  return `${Math.floor(share * 1000) / 10} %`;
}

/** What was measured. `samples`: the tests that were carried out. */
export function numbersOf({ spec, cases }: Suite): Record<string, number> {
  const tally = tallyOf(cases);
  const those = spec.critical ? tagged(cases, spec.critical.tag) : [];
  const good = those.filter(({ status }) => status === "passed" || status === "flaky").length;
  return {
    samples: tally.tests - tally.skipped,
    ...tally,
    ...(spec.critical && { critical: those.length, criticalPassed: good }),
  };
}

/** What people should know though it is no reason to stop. */
export function warningsOf({ spec, cases, exit }: Suite): readonly string[] {
  const known = mayFail(spec);
  const flaky = cases.filter(({ status }) => status === "flaky").map(({ name }) => name);
  const better = cases.filter((each) => known.has(each.name) && each.status === "passed");
  const failed = cases.filter(({ status }) => status === "failed").length;
  const twice = duplicates(cases);
  const ambiguous = twice.filter((name) => known.has(name));
  return [
    ...(flaky.length > 0
      ? [
          `${times(flaky.length, "test")} passed only after failing: ${flaky.slice(0, 5).join(", ")}`,
        ]
      : []),
    ...(better.length > 0
      ? [
          `The baseline lets fail what passes now, tighten it: ${better
            .map(({ name }) => name)
            .slice(0, 5)
            .join(", ")}`,
        ]
      : []),
    ...(ambiguous.length > 0
      ? [`The baseline means more than one test by: ${ambiguous.slice(0, 5).join(", ")}`]
      : []),
    ...(twice.length > 0
      ? [`${times(twice.length, "name")} of more than one test: ${twice.slice(0, 5).join(", ")}`]
      : []),
    ...(exit === 0 && failed > 0
      ? [
          `The suite ended with exit code 0 although ${times(failed, "test")} failed; its report is believed.`,
        ]
      : []),
  ];
}
