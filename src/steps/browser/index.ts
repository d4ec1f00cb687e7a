import { defineStep } from "../../ports/step-kind.ts";
import { ownNames } from "./companion.ts";
import { prepare } from "./refusals.ts";
import { browserSpec } from "./spec.ts";
import { viewportsOf } from "./viewports.ts";

/** Visits a page in the machine's own browser, and proves what a person would see. */
export const browser = defineStep({
  name: "browser",
  about:
    "Visits a page in the machine's own browser: clicks, fills, downloads, and checks what is seen.",
  spec: browserSpec,
  own: { at: ["open", "steps", "sign_in.storage"], names: ownNames },
  streams: { report: "browser.html", pictures: "browser", trace: "browser-trace.zip" },
  timeoutMs: 600_000,
  effect: ({ effect }) => effect,
  abilities: ({ proves }) => ({ prove: proves }),
  describe: (spec) =>
    `visit ${spec.open} in ${viewportsOf(spec)
      .map(({ name }) => name)
      .join(" and ")}`,
  prepare,
  has: ["prove"],
  parts: () => import("./run.ts"),
});
