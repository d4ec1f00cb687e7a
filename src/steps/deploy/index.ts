import { defineStep } from "../../ports/step-kind.ts";
import { below, checkoutBefore } from "../places.ts";
import { deploySpec } from "./spec.ts";

/** Puts the release onto a target, and the one before back when the run is rolled back. */
export const deploy = defineStep({
  name: "deploy",
  about: "Puts the release onto a target and proves that it serves there.",
  spec: deploySpec,
  shorthand: "target",
  streams: {
    output: "up.log",
    state: "ps_final.log",
    logs: "logs_full.log",
    inspect: "inspect.json",
    undo: "rollback_down.log",
  },
  timeoutMs: 600_000,
  effect: () => "idempotent",
  describe: ({ target }) => `put the release onto ${target} and wait until it is proven to serve`,
  describeUndo: ({ target }) =>
    `make the release before serve again on ${target}; on a fresh target, take everything down`,
  prepare(spec, preparation) {
    const checkout = checkoutBefore(preparation);
    const diagnostics = [];
    if (!preparation.targets.includes(spec.target))
      diagnostics.push(
        preparation.blame(
          "target",
          `There is no target "${spec.target}" in this environment.`,
          preparation.targets.length === 0
            ? "Write it under `targets`, and name it in the environment."
            : `Use one of: ${preparation.targets.join(", ")}.`,
        ),
      );
    if (checkout === undefined)
      diagnostics.push(
        preparation.blame(
          undefined,
          "No step before this one says which release is deployed.",
          'Put a checkout before it: `- checkout: { tag: "${TAG}" }`.',
        ),
      );
    return { spec: { ...spec, from: below(checkout, spec.from) ?? "." }, diagnostics };
  },
  has: ["evidence", "probe", "undo", "prove", "accept"],
  parts: () => import("./run.ts"),
});
