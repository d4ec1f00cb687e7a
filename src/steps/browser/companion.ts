import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Preparation } from "../../ports/step-kind.ts";
import { capturesOf, readScenario } from "../../scenario/index.ts";
import { prepare } from "../scenario/prepare.ts";
import { spec as scenarioSpec } from "../scenario/spec.ts";
import type { BrowserSpec } from "./spec.ts";

/** The sign-in scenario with its texts, and what it captures. */
export interface Companion {
  readonly part?: BrowserSpec["sign_in"];
  readonly captures: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads the scenario that signs in into the plan, as a `scenario` step would. */
export function withScenario(given: BrowserSpec, preparation: Preparation): Companion {
  if (given.sign_in === undefined) return { captures: [], diagnostics: [] };
  const { text: _, path: __, texts: ___, ...part } = given.sign_in;
  const prepared = prepare(scenarioSpec.parse({ file: part.scenario, with: part.with }), {
    ...preparation,
    blame: (key, what, fix) =>
      preparation.blame(key === "file" ? "sign_in.scenario" : "sign_in", what, fix),
  });
  const { text, path, texts } = scenarioSpec.parse(prepared.spec);
  const file = preparation.read(part.scenario);
  const read = file && readScenario(file.text, file.path, { files: readOf(given, preparation) });
  return {
    part: {
      ...part,
      ...(text === undefined ? {} : { text }),
      ...(path === undefined ? {} : { path }),
      ...(texts === undefined ? {} : { texts }),
    },
    captures: read?.ok === true ? capturesOf(read.value).map(({ name }) => name) : [],
    diagnostics: prepared.diagnostics,
  };
}

function readOf({ sign_in: given }: BrowserSpec, preparation: Preparation) {
  const folder = given?.scenario.includes("/") === true ? given.scenario.replace(/[^/]*$/, "") : "";
  return (path: string) => preparation.read(`${folder}${path}`)?.text;
}
