import { literal } from "../model/lookup.ts";
import type { Json, JsonObject } from "../model/json.ts";

/**
 * The spec with the texts at these paths (`undo.script`) kept as they are written: `${NAME}` in a script is the shell's,
 * and nothing of ours is ever spliced into it.
 */
export function asWritten(spec: JsonObject, paths: readonly string[]): JsonObject {
  return paths.reduce<JsonObject>((all, path) => keepAt(all, path.split(".")), spec);
}

function keepAt(spec: JsonObject, [key = "", ...rest]: readonly string[]): JsonObject {
  const value = spec[key];
  if (value === undefined) return spec;
  return {
    ...spec,
    [key]: rest.length === 0 ? kept(value) : isObject(value) ? keepAt(value, rest) : value,
  };
}

function kept(value: Json): Json {
  return typeof value === "string" ? literal(value) : value;
}

export function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
