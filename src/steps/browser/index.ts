import { defineStep } from "../../ports/step-kind.ts";
import { ownNames } from "./companion.ts";
import { prepare } from "./refusals.ts";
import { browserSpec, type BrowserSpec } from "./spec.ts";
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
  describe(spec) {
    const windows = viewportsOf(spec).map(({ name }) => name);
    const checks = checksIn(spec);
    return `visit ${spec.open} in ${windows.join(" and ")} and check ${checks} ${checks === 1 ? "thing" : "things"}`;
  },
  prepare,
  has: ["prove"],
  parts: () => import("./run.ts"),
});

/** What the visit proves, each word of an expectation for itself. */
function checksIn({ steps }: BrowserSpec): number {
  const inStep = ({ wait, expect, download, still, grows, access }: (typeof steps)[number]) =>
    [wait, expect].flatMap((all) => Object.keys(all ?? {}).filter((name) => name !== "within"))
      .length + [download, still, grows, access].filter((each) => each !== undefined).length;
  return steps.reduce((sum, step) => sum + inStep(step), 0);
}
