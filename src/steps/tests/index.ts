import { defineStep } from "../../ports/step-kind.ts";
import { show } from "../kept.ts";
import { below, checkoutBefore } from "../places.ts";
import { completed, refusals } from "./refusals.ts";
import { testsSpec } from "./spec.ts";

/** Runs the project's own suite and believes its report, not its exit code alone. */
export const tests = defineStep({
  name: "tests",
  about: "Runs the project's own test suite, and judges it by its report.",
  spec: testsSpec,
  shorthand: "command",
  streams: { output: "tests.log", table: "tests.txt", report: "tests-report" },
  timeoutMs: 1_800_000,
  effect: ({ command }) => (command === undefined ? "read" : "keyed"),
  describe: ({ command, report }) =>
    command
      ? `run ${show(command)} and judge what it reports in ${report.join(", ")}`
      : `judge the test report ${report.join(", ")}`,
  describeUndo: () => "nothing to take back: it only proves",
  prepare(spec, preparation) {
    const { spec: whole, diagnostics } = completed(spec, preparation);
    const cwd = below(checkoutBefore(preparation), whole.cwd);
    return {
      spec: { ...whole, ...(cwd !== undefined && { cwd }) },
      diagnostics: [...diagnostics, ...refusals(whole, preparation)],
    };
  },
  has: ["settle"],
  parts: () => import("./run.ts"),
});
