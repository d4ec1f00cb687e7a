import { defineStep } from "../../ports/step-kind.ts";
import { refuseNoRelease } from "../build/refusals.ts";
import { refuseNoTarget } from "../inside.ts";
import { below, checkoutBefore } from "../places.ts";
import { stageSpec } from "./spec.ts";

/** Puts the release in place before the deploy does, for steps that work in it: a migration, for one. */
export const stage = defineStep({
  name: "stage",
  about:
    "Puts the release in place on a target without letting it serve, so that steps before the deploy can run in it.",
  spec: stageSpec,
  shorthand: "target",
  streams: { output: "stage.log", undo: "unstage.log" },
  timeoutMs: 900_000,
  effect: () => "idempotent",
  describe: ({ target }) => `put the release in place on ${target}; nothing is switched`,
  describeUndo: ({ target }) =>
    `remove the release from ${target} again, unless it was accepted once`,
  prepare(spec, preparation) {
    const from = below(checkoutBefore(preparation), spec.from) ?? ".";
    const diagnostics = [
      ...refuseNoTarget(spec.target, preparation),
      ...refuseNoRelease("is put in place", preparation),
    ];
    return { spec: { ...spec, from }, diagnostics };
  },
  has: ["undo"],
  parts: () => import("./run.ts"),
});
