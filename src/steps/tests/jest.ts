import { z } from "zod";
import { messageOf, nameOf, type Report, type Status, tagsIn, type TestCase } from "./report.ts";

const assertion = z.looseObject({
  ancestorTitles: z.array(z.string()).optional(),
  title: z.string(),
  status: z.string(),
  duration: z.number().nullish(),
  failureMessages: z.array(z.string()).nullish(),
  invocations: z.number().optional(),
  retryReasons: z.array(z.string()).optional(),
  tags: z.array(z.string()).optional(),
});
const file = z.looseObject({
  name: z.string().optional(),
  status: z.string().optional(),
  message: z.string().optional(),
  assertionResults: z.array(assertion),
});
const report = z.looseObject({
  numTotalTests: z.number(),
  numFailedTests: z.number(),
  success: z.boolean(),
  testResults: z.array(file),
});

type Assertion = z.output<typeof assertion>;
type File = z.output<typeof file>;

/** Reads the JSON of Jest, and of Vitest, which writes the same. */
export function readJest(given: unknown): Report {
  const { numTotalTests, numFailedTests, success, testResults } = report.parse(given);
  const cases = testResults.flatMap(casesOf);
  const failed = cases.filter(({ status }) => status === "failed").length;
  const problems: string[] = [];
  if (numFailedTests > failed)
    problems.push(`it says ${numFailedTests} failures and holds ${failed}`);
  if (numTotalTests > cases.length)
    problems.push(`it says ${numTotalTests} tests and holds ${cases.length}`);
  // A threshold that was missed, an error outside of any test.
  if (!success && failed === 0) problems.push("it says that the run failed, and no test did");
  return { format: "jest", cases, problems };
}

function casesOf({ name = "", status, message, assertionResults }: File): readonly TestCase[] {
  const cases = assertionResults.map(caseOf);
  // The file itself could not be loaded.
  if (status === "failed" && !cases.some((each) => each.status === "failed"))
    cases.push({
      name: nameOf(name.split(/[\\/]/).at(-1), "(the file itself)"),
      status: "failed",
      tags: [],
      ...messageOf(message),
    });
  return cases;
}

function caseOf(one: Assertion): TestCase {
  const name = nameOf(...(one.ancestorTitles ?? []), one.title);
  const status = statusOf(one);
  return {
    name,
    status,
    tags: [...(one.tags ?? []), ...tagsIn(name)],
    ...(typeof one.duration === "number" && { durationMs: Math.round(one.duration) }),
    ...(status === "failed" && messageOf(one.failureMessages?.[0])),
  };
}

function statusOf({
  status,
  failureMessages,
  invocations = 1,
  retryReasons = [],
}: Assertion): Status {
  if (status === "failed") return "failed";
  if (status !== "passed") return "skipped";
  const failedBefore = (failureMessages ?? []).length + retryReasons.length > 0 || invocations > 1;
  return failedBefore ? "flaky" : "passed";
}
