import { defineStep } from "../../ports/step-kind.ts";
import { refuseNoRelease } from "../build/refusals.ts";
import { refuseNoTarget } from "../inside.ts";
import { sendSpec } from "./spec.ts";

/** Brings what was built to another engine, where there is no registry between. */
export const send = defineStep({
  name: "send",
  about: "Streams the images that were built to another engine, without a registry.",
  spec: sendSpec,
  streams: { output: "send.log" },
  timeoutMs: 900_000,
  effect: () => "idempotent",
  describe: ({ target, to }) => `send the images of ${target} to ${to}, as far as it lacks them`,
  describeUndo: () => "nothing to take back: images that lie there change nothing",
  prepare: (spec, preparation) => ({
    spec,
    diagnostics: [
      ...refuseNoTarget(spec.target, preparation),
      ...refuseNoRelease("is sent", preparation),
    ],
  }),
  parts: () => import("./run.ts"),
});
