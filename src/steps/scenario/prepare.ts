import { posix } from "node:path";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { literal } from "../../model/lookup.ts";
import type { Preparation } from "../../ports/step-kind.ts";
import { capturesOf } from "../../scenario/read-include.ts";
import { readScenario } from "../../scenario/read.ts";
import type { Scenario } from "../../scenario/index.ts";
import { isPem } from "./files.ts";
import type { ScenarioSpec } from "./spec.ts";

const RUN_NAMES = ["release.id", "release.name", "release.commit"];

/** Reads the scenario with all that it includes into the plan, and refuses what can't work or can't fail. */
export function prepare(given: ScenarioSpec, preparation: Preparation) {
  const { text: _, path: __, texts: ___, count: ____, ...clean } = given;
  const file = preparation.read(given.file);
  if (file === undefined) {
    const blamed = preparation.blame(
      "file",
      `There is no file ${given.file} beside the project file.`,
      "Correct the name, or write the scenario there.",
    );
    return { spec: clean, diagnostics: [blamed] };
  }
  const texts: Record<string, string> = {};
  const known = preparation.names && [
    ...preparation.names,
    ...Object.keys(given.with),
    ...RUN_NAMES,
  ];
  const read = readScenario(file.text, file.path, {
    ...(known ? { known } : {}),
    ...existing(given.file, preparation),
    files: (path) => {
      const text = preparation.read(posix.join(posix.dirname(given.file), path))?.text;
      // Keys are read when it runs, and are never a part of a plan.
      if (text !== undefined && !isPem(text)) texts[path] = literal(text);
      return text;
    },
  });
  const wrong = read.ok ? checkGives(given, read.value, preparation) : [];
  return {
    // The texts have look-ups of their own, which are not the plan's to answer.
    spec: {
      ...clean,
      text: literal(file.text),
      path: file.path,
      ...(read.ok ? { count: read.value.steps.length } : {}),
      ...(Object.keys(texts).length > 0 ? { texts } : {}),
    },
    diagnostics: [...read.diagnostics, ...wrong],
  };
}

/** What a command before makes is not there yet. */
function existing(file: string, { exists, before }: Preparation) {
  if (exists === undefined || before.some(({ kind }) => kind === "command")) return {};
  return { exists: (path: string) => exists(posix.join(posix.dirname(file), path)) };
}

function checkGives(
  { gives, file }: ScenarioSpec,
  scenario: Scenario,
  preparation: Preparation,
): readonly Diagnostic[] {
  const captures = capturesOf(scenario);
  return gives.flatMap((name) => {
    const found = captures.find((capture) => capture.name === name);
    if (found === undefined) {
      const known = captures.map((capture) => capture.name).join(", ") || "nothing";
      return preparation.blame("gives", `${file} captures no ${name}.`, `It captures: ${known}.`);
    }
    if (!found.secret && found.isSure) return [];
    return found.secret
      ? preparation.blame(
          "gives",
          `${name} is captured as a secret, which the plan must not know.`,
          "Take it out of `gives`, or take `secret` off the capture.",
        )
      : preparation.blame(
          "gives",
          `${name} may not be captured even when ${file} passes.`,
          "Take `when` and `best_effort` off the step that captures it.",
        );
  });
}
