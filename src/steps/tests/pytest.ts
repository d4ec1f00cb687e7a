import { z } from "zod";
import { messageOf, nameOf, type Report, type Status, tagsIn, type TestCase } from "./report.ts";

const phase = z.looseObject({
  outcome: z.string(),
  duration: z.number().optional(),
  longrepr: z.string().optional(),
  crash: z.looseObject({ message: z.string() }).optional(),
});
const test = z.looseObject({
  nodeid: z.string(),
  outcome: z.string(),
  keywords: z.array(z.string()).optional(),
  setup: phase.optional(),
  call: phase.optional(),
  teardown: phase.optional(),
});
const report = z.looseObject({
  exitcode: z.number(),
  summary: z.looseObject({ total: z.number().optional(), collected: z.number().optional() }),
  tests: z.array(test).optional(),
  collectors: z
    .array(
      z.looseObject({ nodeid: z.string(), outcome: z.string(), longrepr: z.string().optional() }),
    )
    .optional(),
});

type Test = z.output<typeof test>;

const STATUS: Readonly<Record<string, Status>> = {
  passed: "passed",
  xpassed: "passed",
  skipped: "skipped",
  xfailed: "skipped",
  rerun: "flaky",
};

/** Reads the JSON of pytest-json-report. */
export function readPytest(given: unknown): Report {
  const { exitcode, summary, tests = [], collectors = [] } = report.parse(given);
  const unloaded = collectors
    .filter(({ outcome }) => outcome === "failed")
    .map(({ nodeid, longrepr }): TestCase => {
      const name = nameOf(nodeid, "(the file itself)");
      return { name, status: "failed", tags: [], ...messageOf(longrepr) };
    });
  const cases = [...tests.map(caseOf), ...unloaded];
  const problems: string[] = [];
  if ((summary.total ?? 0) > tests.length)
    problems.push(`it says ${summary.total} tests and holds ${tests.length}`);
  // 0 all passed, 1 some failed, 5 none found.
  if (![0, 1, 5].includes(exitcode))
    problems.push(`pytest ended with ${exitcode}: it was interrupted or broke`);
  return { format: "pytest", cases, problems };
}

function caseOf({ nodeid, outcome, keywords = [], setup, call, teardown }: Test): TestCase {
  const phases = [setup, call, teardown].filter((each) => each !== undefined);
  const bad = phases.find((each) => each.outcome === "failed");
  const status = STATUS[outcome] ?? "failed";
  const seconds = phases.reduce((sum, { duration = 0 }) => sum + duration, 0);
  return {
    name: nameOf(...nodeid.split("::")),
    status,
    tags: [...keywords, ...tagsIn(nodeid)],
    durationMs: Math.round(seconds * 1000),
    ...(status === "failed" && messageOf(bad?.crash?.message ?? bad?.longrepr)),
  };
}
