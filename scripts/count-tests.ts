import { readFileSync } from "node:fs";
import { z } from "zod";

const reportSchema = z.object({
  success: z.boolean(),
  testResults: z.array(
    z.object({
      status: z.string(),
      assertionResults: z.array(z.object({ status: z.string() })),
    }),
  ),
});

export interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Counts the tests of Vitest's JSON reports; a file that could not even be loaded counts as one that failed. */
export function countTests(reports: readonly string[]): Count {
  const count = { passed: 0, failed: 0, skipped: 0 };
  for (const text of reports) {
    const report = reportSchema.parse(JSON.parse(text));
    const failedBefore = count.failed;
    for (const file of report.testResults) {
      const statuses = file.assertionResults.map(({ status }) => status);
      for (const status of statuses) count[kindOf(status)]++;
      if (file.status === "failed" && !statuses.includes("failed")) count.failed++;
    }
    // What goes wrong outside of any file, such as an error that nobody caught.
    if (!report.success && count.failed === failedBefore) count.failed++;
  }
  return count;
}

function kindOf(status: string): keyof Count {
  return status === "passed" || status === "failed" ? status : "skipped";
}

if (import.meta.main) {
  const count = countTests(process.argv.slice(2).map((path) => readFileSync(path, "utf8")));
  const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : "";
  console.log(`\n${count.passed} passed, ${count.failed} failed${skipped}`);
  if (count.failed > 0 || count.passed === 0) process.exitCode = 1;
}
