import { z } from "zod";
import { messageOf, nameOf, type Report, type Status, type TestCase } from "./report.ts";

const error = z.looseObject({ message: z.string().optional() });
const result = z.looseObject({
  status: z.string().optional(),
  duration: z.number().optional(),
  error: error.optional(),
});
const test = z.looseObject({
  projectName: z.string().optional(),
  status: z.enum(["expected", "unexpected", "flaky", "skipped"]),
  results: z.array(result),
  annotations: z.array(z.looseObject({ type: z.string() })).optional(),
});
const spec = z.looseObject({
  title: z.string(),
  ok: z.boolean(),
  tags: z.array(z.string()).optional(),
  tests: z.array(test),
});
const suite = z.looseObject({
  title: z.string(),
  specs: z.array(spec).optional(),
  get suites() {
    return z.array(suite).optional();
  },
});
const report = z.looseObject({
  config: z.looseObject({}),
  suites: z.array(suite),
  errors: z.array(error),
  stats: z.looseObject({ unexpected: z.number(), expected: z.number() }),
});

type Suite = z.output<typeof suite>;
type Test = z.output<typeof test>;

const STATUS: Readonly<Record<Test["status"], Status>> = {
  expected: "passed",
  unexpected: "failed",
  flaky: "flaky",
  skipped: "skipped",
};

/** Reads the JSON of Playwright's own reporter; a test is one for each project that it runs in. */
export function readPlaywright(given: unknown): Report {
  const { suites, errors, stats } = report.parse(given);
  const cases = suites.flatMap((each) => casesOf(each, []));
  const failed = cases.filter(({ status }) => status === "failed").length;
  const problems = errors.map(
    ({ message = "" }) => `the run itself failed: ${message.slice(0, 300)}`,
  );
  if (stats.unexpected > failed)
    problems.push(`it says ${stats.unexpected} failures and holds ${failed}`);
  if (stats.expected + stats.unexpected > cases.length)
    problems.push(`it says ${stats.expected + stats.unexpected} tests and holds ${cases.length}`);
  return { format: "playwright", cases, problems };
}

function casesOf({ title, specs = [], suites = [] }: Suite, around: readonly string[]): TestCase[] {
  const titles = [...around, title];
  return [
    ...specs.flatMap((each) =>
      each.tests.map((one) => caseOf(one, nameOf(...titles, each.title), each.tags ?? [])),
    ),
    ...suites.flatMap((inner) => casesOf(inner, titles)),
  ];
}

function caseOf(one: Test, name: string, tags: readonly string[]): TestCase {
  const { projectName = "", results, annotations = [] } = one;
  const isCut = results.some(({ status }) => status === "interrupted");
  const status = isCut ? "failed" : STATUS[one.status];
  const duration = results.reduce((sum, each) => sum + (each.duration ?? 0), 0);
  const failure = results.findLast((each) => each.error !== undefined)?.error?.message;
  return {
    name: projectName === "" ? name : `[${projectName}] ${name}`,
    status,
    tags: [...tags, ...annotations.map(({ type }) => type)],
    durationMs: Math.round(duration),
    ...(status === "failed" && messageOf(failure ?? (isCut ? "It was interrupted." : undefined))),
  };
}
