import { parseJson } from "./value.ts";
import type { Value } from "./value.ts";

/** Reads JSON exactly and strictly. Throws SyntaxError. */
export function readJson(text: string): Value {
  return parseJson(text);
}
