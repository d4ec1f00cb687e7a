import { readYamlText } from "../lib/yaml-text.ts";
import type { Parsed } from "../model/diagnostic.ts";
import type { Json } from "../model/json.ts";
import type { Source } from "./source.ts";

/** What a project file may be at most. */
const CAPS = { bytes: 256 * 1024, depth: 32, nodes: 20_000 } as const;

/** Reads a project file as plain data with positions, or tells everything that is wrong with its YAML. */
export function readYaml(path: string, raw: string): Parsed<Source> {
  const read = readYamlText(raw, { caps: CAPS, refusedKeys: ["constructor", "prototype"] });
  if (!read.ok)
    return {
      ok: false,
      diagnostics: read.faults.map((fault) => ({ ...fault, file: path, severity: "error" })),
    };
  const { text, value, root, at } = read.text;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- without big integers the reader makes JSON only
  return { ok: true, value: { path, text, json: value as Json, root, at }, diagnostics: [] };
}
