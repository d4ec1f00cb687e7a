import { defineStep } from "../../ports/step-kind.ts";
import { refusals } from "./refusals.ts";
import { healthSpec } from "./spec.ts";

/** Asks a URL until the release that is being deployed answers as it must; never green from another one. */
export const health = defineStep({
  name: "health",
  about: "Asks a URL until the new release itself answers as it must, some times in a row.",
  spec: healthSpec,
  shorthand: "get",
  streams: { response: "health.log", tries: "health_tries.txt" },
  effect: () => "read",
  describe: ({ get, services = {}, successes }) =>
    `ask ${get ?? Object.keys(services).join(", ")} until the release answers${successes > 1 ? ` ${successes} times in a row` : ""}`,
  prepare: (spec, preparation) => ({ spec, diagnostics: refusals(spec, preparation) }),
  has: ["prove"],
  parts: () => import("./run.ts"),
});
