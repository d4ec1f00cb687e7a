import { defineStep } from "../../ports/step-kind.ts";
import { prepare } from "./prepare.ts";
import { spec } from "./spec.ts";

/** Runs a `*.scenario.yaml`: requests in order, each with what its answer must be like. */
export const scenario = defineStep({
  name: "scenario",
  about: "Runs an HTTP scenario: requests in order, and what each answer must be like.",
  spec,
  shorthand: "file",
  streams: {
    cookies: "cookies.txt",
    log: "scenario.log",
    junit: undefined,
    html: undefined,
    json: undefined,
  },
  effect: ({ effect }) => effect,
  abilities: ({ proves }) => ({ prove: proves }),
  describe: ({ file, count }) =>
    `run the scenario ${file}${count === undefined ? "" : `: ${count} ${count === 1 ? "step" : "steps"}`}`,
  prepare,
  has: ["prove"],
  parts: () => import("./run.ts"),
});
