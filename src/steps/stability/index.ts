import { showDuration } from "../../lib/duration.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { defineStep, type Preparation } from "../../ports/step-kind.ts";
import { refuseAsking } from "../health/refusals.ts";
import { leastSamples, samplesIn, stabilitySpec, type StabilitySpec } from "./spec.ts";

/** Watches a target for a while; green only when it was looked at all the time and nothing happened. */
export const stability = defineStep({
  name: "stability",
  about: "Watches a target for a while: nothing restarts or ends, and it stays well.",
  spec: stabilitySpec,
  shorthand: "target",
  streams: { samples: "stability.log" },
  // The time that is watched is the spec's; `for` itself ends it.
  timeoutMs: 86_400_000,
  effect: () => "read",
  describe: ({ target, for: length, every }) =>
    `watch ${target} for ${showDuration(length)}, with a sample every ${showDuration(every)}`,
  prepare: (spec, preparation) => ({ spec, diagnostics: refusals(spec, preparation) }),
  parts: () => import("./run.ts"),
});

function refusals(spec: StabilitySpec, preparation: Preparation): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const refuse = (key: string, what: string, fix: string) =>
    void found.push(preparation.blame(key, what, fix));
  const { target, every, for: length, most_failed: mostFailed, health } = spec;
  if (!preparation.targets.includes(target) && !target.includes("${"))
    refuse(
      "target",
      `There is no target "${target}" in this environment.`,
      preparation.targets.length === 0
        ? "Write it under `targets`, and name it in the environment."
        : `Use one of: ${preparation.targets.join(", ")}.`,
    );
  const count = samplesIn(spec);
  if (count < 3)
    refuse(
      "every",
      `In ${showDuration(length)} there ${count === 1 ? "is only 1 sample" : `are only ${count} samples`}, taken every ${showDuration(every)}.`,
      "Watch longer, or more often: 3 samples are the least.",
    );
  else if (mostFailed >= leastSamples(spec))
    refuse(
      "most_failed",
      `With ${count} samples, ${mostFailed} may fail: its health could never fail the step.`,
      "Tolerate fewer.",
    );
  if (length > MOST_MS)
    refuse("for", "A step can watch for 12 hours at most.", "Watch for a shorter time.");
  if (health !== undefined)
    refuseAsking(health, (key, what, fix) => refuse(`health.${key}`, what, fix));
  return found;
}

const MOST_MS = 12 * 3_600_000;
