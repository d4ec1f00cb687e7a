import { literal, mapStrings, parts } from "../model/lookup.ts";
import type { Json, JsonObject } from "../model/json.ts";

/**
 * The spec with the texts at these paths (`undo.script`) kept as they are written: `${NAME}` in a script is the shell's,
 * and nothing of ours is ever spliced into it.
 */
export function asWritten(spec: JsonObject, paths: readonly string[]): JsonObject {
  return changeAt(spec, paths, (value) => (typeof value === "string" ? literal(value) : value));
}

/** The spec with look-ups of these names below these paths left to whoever carries the step out. */
export function leaveNames(
  spec: JsonObject,
  paths: readonly string[],
  names: ReadonlySet<string>,
): JsonObject {
  if (names.size === 0) return spec;
  return changeAt(spec, paths, (value) => mapStrings(value, (text) => left(text, names)));
}

function left(text: string, names: ReadonlySet<string>): string {
  let said = "";
  let written = "";
  for (const part of parts(text)) {
    if (part.kind === "text") said += part.text;
    else if (part.kind === "look-up" && names.has(part.name)) said += `\${${part.name}}`;
    else {
      written += `${literal(said, true)}${part.kind === "look-up" ? `\${${part.name}}` : part.text}`;
      said = "";
    }
  }
  return written + literal(said);
}

function changeAt(
  spec: JsonObject,
  paths: readonly string[],
  change: (value: Json) => Json,
): JsonObject {
  return paths.reduce<JsonObject>((all, path) => keepAt(all, path.split("."), change), spec);
}

function keepAt(
  spec: JsonObject,
  [key = "", ...rest]: readonly string[],
  change: (value: Json) => Json,
): JsonObject {
  const value = spec[key];
  if (value === undefined) return spec;
  return {
    ...spec,
    [key]:
      rest.length === 0 ? change(value) : isObject(value) ? keepAt(value, rest, change) : value,
  };
}

export function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
