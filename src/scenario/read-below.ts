import type { TextPath } from "../lib/yaml-text.ts";
import type { ExpectSource } from "./read-expect.ts";
import { complain, complainOfKey, positionOf, readCompanion } from "./source.ts";
import type { Source } from "./source.ts";

/** The part of a source that lies below a path. */
export function below(source: Source, base: TextPath): ExpectSource {
  return {
    at: (path) => positionOf(source, [...base, ...path]),
    complain: (path, complaint) => complain(source, [...base, ...path], complaint),
    complainOfKey: (path, complaint) => complainOfKey(source, [...base, ...path], complaint),
    file: (path, name) => readCompanion(source, name, [...base, ...path]),
  };
}
