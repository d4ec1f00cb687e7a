import { showDuration } from "../../lib/duration.ts";
import { defineStep } from "../../ports/step-kind.ts";
import { refusals } from "./refusals.ts";
import { logsSpec, type LogsSpec, subjectOf } from "./spec.ts";

/** Judges what a release has logged; never green from a log that says nothing. */
export const logs = defineStep({
  name: "logs",
  about: "Reads what was logged since the deploy, and judges what must and must not be there.",
  spec: logsSpec,
  shorthand: "target",
  streams: { excerpts: "logs.txt", full: undefined },
  effect: () => "read",
  abilities: ({ new_errors }) => ({ accept: new_errors !== undefined }),
  describe: (spec) =>
    spec.mark
      ? `note where the log of ${subjectOf(spec)} ends`
      : `read the log of ${subjectOf(spec)}${spec.within === undefined ? "" : `, for ${showDuration(spec.within)} at most,`} and judge ${rules(spec)}`,
  prepare: (spec, preparation) => ({ spec, diagnostics: refusals(spec, preparation) }),
  has: ["accept"],
  parts: () => import("./run.ts"),
});

function rules(spec: LogsSpec): string {
  const { must, must_not, levels, entries, new_errors } = spec;
  const named = { must, must_not, levels, entries, new_errors };
  return Object.entries(named)
    .flatMap(([name, rule]) => (rule === undefined ? [] : name.replace("_", " ")))
    .join(", ");
}
