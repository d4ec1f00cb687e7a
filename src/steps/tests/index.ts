import { defineStep } from "../../ports/step-kind.ts";
import { showPlace } from "../inside.ts";
import { fromCheckout, sayWith } from "../own-command.ts";
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
  describe: ({ command, report, in: where }) =>
    command
      ? `run ${sayWith({ in: where }, { run: command })} and judge what it reports in ${report.join(", ")}`
      : `judge the test report ${report.join(", ")}${where ? ` of ${showPlace(where)}` : ""}`,
  describeUndo: () => "nothing to take back: it only proves",
  prepare(spec, preparation) {
    const { spec: whole, diagnostics } = completed(spec, preparation);
    return {
      spec: fromCheckout(whole, preparation),
      diagnostics: [...diagnostics, ...refusals(whole, preparation)],
    };
  },
  has: ["settle"],
  parts: () => import("./run.ts"),
});
