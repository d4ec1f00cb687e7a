import { defineStep } from "../../ports/step-kind.ts";
import { refuseNoRelease } from "../build/refusals.ts";
import { refuseNoTarget } from "../inside.ts";
import { pushSpec } from "./spec.ts";

/** Brings what was built to the registry that its names say. */
export const push = defineStep({
  name: "push",
  about: "Pushes the images that were built to their registry, and says under which digests.",
  spec: pushSpec,
  shorthand: "target",
  streams: { output: "push.log" },
  timeoutMs: 900_000,
  effect: () => "idempotent",
  describe: ({ target }) => `push the images of ${target} to their registry`,
  describeUndo: () => "nothing to take back: what a registry has stays there",
  prepare: (spec, preparation) => ({
    spec,
    diagnostics: [
      ...refuseNoTarget(spec.target, preparation),
      ...refuseNoRelease("is pushed", preparation),
    ],
  }),
  parts: () => import("./run.ts"),
});
