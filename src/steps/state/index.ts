import { defineStep } from "../../ports/step-kind.ts";
import { refuseNoTarget } from "../inside.ts";
import { type StateSpec, stateSpec } from "./spec.ts";

/** Shows what runs; never green from a target where nothing runs. */
export const state = defineStep({
  name: "state",
  about: "Shows the parts of a target, and fails unless each runs and is well.",
  spec: stateSpec,
  shorthand: "target",
  streams: { state: "ps.log" },
  timeoutMs: 60_000,
  effect: () => "read",
  describe: (spec) => `see that ${wants(spec)} of ${spec.target} run and are well`,
  prepare: (spec, preparation) => ({
    spec,
    diagnostics: refuseNoTarget(spec.target, preparation),
  }),
  parts: () => import("./run.ts"),
});

function wants({ parts }: StateSpec): string {
  return parts === undefined ? "all parts" : `${parts} ${parts === 1 ? "part" : "parts"}`;
}
