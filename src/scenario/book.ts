import type { Counts, StepVerdict } from "./verdict.ts";

/** Most verdicts of steps that are kept; of what passed after that only the count stays. */
const MOST_KEPT = 20_000;

/** Every step's verdict, counted. */
export interface Book {
  add(verdict: StepVerdict): void;
  readonly steps: readonly StepVerdict[];
  counts(): Omit<Counts, "requests" | "bytes">;
  warnings(): readonly string[];
  /** Whether a step of the scenario itself looked at something and passed. */
  provesSomething(): boolean;
}

export function openBook(): Book {
  const steps: StepVerdict[] = [];
  const warnings: string[] = [];
  const counts = { steps: 0, passed: 0, failed: 0, tolerated: 0, skipped: 0, checks: 0 };
  let proven = false;
  let left = 0;
  return {
    steps,
    add: (verdict) => {
      const { outcome, tolerated, checks, phase } = verdict;
      if (outcome === "skipped") counts.skipped++;
      else counts.steps++;
      if (outcome === "passed") counts.passed++;
      else if (tolerated) counts.tolerated++;
      else if (outcome !== "skipped") counts.failed++;
      counts.checks += checks.length;
      proven ||= outcome === "passed" && phase === "step" && checks.length > 0;
      if (steps.length < MOST_KEPT) {
        steps.push(verdict);
        warnings.push(...verdict.warnings);
      } else left++;
    },
    counts: () => ({ ...counts }),
    warnings: () =>
      left === 0
        ? warnings
        : [...warnings, `${left} more steps were carried out and are not listed.`],
    provesSomething: () => proven,
  };
}
