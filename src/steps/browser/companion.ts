import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import type { Preparation } from "../../ports/step-kind.ts";
import { capturesOf } from "../../scenario/read-include.ts";
import { readScenario } from "../../scenario/read.ts";
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
  return {
    part: {
      ...part,
      ...(text === undefined ? {} : { text }),
      ...(path === undefined ? {} : { path }),
      ...(texts === undefined ? {} : { texts }),
    },
    captures: capturedBy(part.scenario, (wish) => preparation.read(wish)),
    diagnostics: prepared.diagnostics,
  };
}

/** Names that the visit remembers, and that its sign-in captures. */
export function ownNames(
  { steps, sign_in: signIn }: JsonObject,
  read: Preparation["read"],
): readonly string[] {
  const remembered = (Array.isArray(steps) ? steps : []).flatMap((step: Json) =>
    keysOf(step, "remember"),
  );
  const scenario = textAt(signIn, "scenario");
  return scenario === undefined ? remembered : [...remembered, ...capturedBy(scenario, read)];
}

function capturedBy(scenario: string, read: Preparation["read"]): readonly string[] {
  const file = read(scenario);
  const folder = scenario.includes("/") ? scenario.replace(/[^/]*$/, "") : "";
  const files = (path: string) => read(`${folder}${path}`)?.text;
  const found = file && readScenario(file.text, file.path, { files });
  return found?.ok === true ? capturesOf(found.value).map(({ name }) => name) : [];
}

function keysOf(value: Json, key: string): readonly string[] {
  const inner = isObject(value) ? value[key] : undefined;
  return inner !== undefined && isObject(inner) ? Object.keys(inner) : [];
}

function textAt(value: Json | undefined, key: string): string | undefined {
  const inner = value !== undefined && isObject(value) ? value[key] : undefined;
  return typeof inner === "string" ? inner : undefined;
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
