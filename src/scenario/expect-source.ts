import type { TextPath } from "../lib/yaml-text.ts";
import type { Position } from "../model/diagnostic.ts";
import type { Complaint } from "./source.ts";

/** Where complaints about an expectation go, and how its place is found; a plan has other places than a scenario. */
export interface ExpectSource {
  readonly at: (path: TextPath) => Position;
  readonly complain: (path: TextPath, complaint: Complaint) => void;
  /** About the key that the path ends with. */
  readonly complainOfKey: (path: TextPath, complaint: Complaint) => void;
  /** The text of a file beside this one; complains itself when there is none. Absent: no file can be named here. */
  readonly file?: (path: TextPath, name: string) => string | undefined;
}

/** The same source, for what is written as a key. */
export function onKeys(source: ExpectSource): ExpectSource {
  return { ...source, complain: source.complainOfKey };
}

/** The same source, for what lies below a path. */
export function inside(source: ExpectSource, base: TextPath): ExpectSource {
  const { file } = source;
  return {
    at: (path) => source.at([...base, ...path]),
    complain: (path, complaint) => source.complain([...base, ...path], complaint),
    complainOfKey: (path, complaint) => source.complainOfKey([...base, ...path], complaint),
    ...(file ? { file: (path, name) => file([...base, ...path], name) } : {}),
  };
}
