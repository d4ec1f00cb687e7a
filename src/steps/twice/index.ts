import { defineStep } from "../../ports/step-kind.ts";
import { fromCheckout, sayWith } from "../own-command.ts";
import { prepareTwice } from "./refusals.ts";
import { twiceSpec } from "./spec.ts";

/** Does something once more and proves that nothing changed by it: `seed` that can be run again. */
export const twice = defineStep({
  name: "twice",
  about: "Does something once more, and proves that nothing changed by it.",
  spec: twiceSpec,
  shorthand: "run",
  streams: { output: "twice.log", first: "twice_first.log", table: "twice.txt" },
  // Values spliced into a script would be run by the shell; `${X}` in it is the shell's own.
  verbatim: ["script"],
  effect: () => "keyed",
  describe: (spec) =>
    `run ${sayWith(spec, spec)} ${spec.runs === 2 ? "twice" : "once more"} and compare what was there`,
  describeUndo: () => "nothing to take back: it only proves",
  prepare(given, preparation) {
    const { spec, diagnostics } = prepareTwice(given, preparation);
    return { spec: fromCheckout(spec, preparation), diagnostics };
  },
  has: ["settle"],
  parts: () => import("./run.ts"),
});
