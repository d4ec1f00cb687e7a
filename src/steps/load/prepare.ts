import type { Diagnostic } from "../../model/diagnostic.ts";
import { literal } from "../../model/lookup.ts";
import type { Preparation } from "../../ports/step-kind.ts";
import { readScenario } from "../../scenario/read.ts";
import type { Scenario } from "../../scenario/index.ts";
import { posix } from "node:path";
import { refusals } from "./refusals.ts";
import type { LoadSpec } from "./spec.ts";

const RUN_NAMES = ["release.id", "release.name", "release.commit"];

/** Refuses what can't work or can't fail, and puts the scenario's text into the spec. */
export function prepare(
  given: LoadSpec,
  preparation: Preparation,
): { readonly spec: LoadSpec; readonly diagnostics: readonly Diagnostic[] } {
  const { companion: _, companions: __, path: ___, ...clean } = given;
  const diagnostics = refusals(clean, preparation);
  if (given.scenario === undefined) return { spec: clean, diagnostics };
  const read = withScenario(clean, given.scenario, preparation);
  return { spec: read.spec, diagnostics: [...diagnostics, ...read.diagnostics] };
}

function withScenario(clean: LoadSpec, name: string, preparation: Preparation) {
  const file = preparation.read(name);
  if (file === undefined) {
    const what = `There is no file ${name} beside the project file.`;
    const fix = "Correct the name, or write the scenario there.";
    return { spec: clean, diagnostics: [preparation.blame("scenario", what, fix)] };
  }
  const companions: Record<string, string> = {};
  const files = (path: string) => {
    const text = preparation.read(posix.join(posix.dirname(name), path))?.text;
    if (text !== undefined) companions[path] = literal(text);
    return text;
  };
  const names = preparation.names;
  const known = names && [...names, ...Object.keys(clean.with ?? {}), ...RUN_NAMES];
  const { diagnostics, ...read } = readScenario(
    file.text,
    file.path,
    known ? { known, files } : { files },
  );
  const spec: LoadSpec = {
    ...clean,
    ...effectOf(clean, "value" in read ? read.value : undefined),
    // The texts have look-ups of their own, which are not the plan's to answer.
    companion: literal(file.text),
    path: file.path,
    ...(Object.keys(companions).length === 0 ? {} : { companions }),
  };
  const blamed = "value" in read ? noStep(spec, read.value, preparation) : [];
  return { spec, diagnostics: [...diagnostics, ...blamed] };
}

function effectOf({ effect, step }: LoadSpec, scenario: Scenario | undefined) {
  const act = scenario?.steps.find(({ name }) => name === step)?.act;
  const isRead = act?.do === "ask" && ["GET", "HEAD"].includes(act.request.method);
  return effect === undefined && isRead ? { effect: "read" as const } : {};
}

function noStep({ step }: LoadSpec, { steps }: Scenario, preparation: Preparation) {
  if (step === undefined || steps.some(({ name }) => name === step)) return [];
  const names = steps.map(({ name }) => `"${name}"`).join(", ");
  return [preparation.blame("step", `The scenario has no step "${step}".`, `Use one of ${names}.`)];
}
