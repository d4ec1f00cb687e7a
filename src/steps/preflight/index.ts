import { defineStep, type Preparation } from "../../ports/step-kind.ts";
import { preflightSpec, type PreflightSpec } from "./spec.ts";
import { parseRange } from "./version.ts";

/** Looks at the machine and the project before anything is touched. */
export const preflight = defineStep({
  name: "preflight",
  about: "Checks the machine and the project before anything is touched.",
  spec: preflightSpec,
  shorthand: "checks",
  streams: { table: "preflight.txt" },
  effect: () => "read",
  describe: ({ checks }) => `check ${checks.length} things, and go no further when one is not so`,
  prepare: (spec, preparation) => ({ spec, diagnostics: faults(spec, preparation) }),
  parts: () => import("./run.ts"),
});

function faults({ checks }: PreflightSpec, preparation: Preparation) {
  const { targets } = preparation;
  return checks.flatMap((check) => {
    const { version, target: wanted } = check;
    if (version !== undefined && !version.includes("${") && parseRange(version) === undefined)
      return [
        preparation.blame(
          "checks",
          `"${version}" is not a range of versions.`,
          "Write it like `>=2.30` or `>=20 <23`.",
        ),
      ];
    if (wanted !== undefined && !wanted.includes("${") && !targets.includes(wanted))
      return [
        preparation.blame(
          "checks",
          `There is no target "${wanted}" in this environment.`,
          `Use one of: ${targets.join(", ")}.`,
        ),
      ];
    return [];
  });
}
