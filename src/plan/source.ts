import type { Span, Complaint as Wrong } from "../lib/yaml-scan.ts";
import type { Spot, TextPath, YamlText } from "../lib/yaml-text.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Json } from "../model/json.ts";

/** Keys and indexes from the top of a text down to one of its values. */
export type Path = TextPath;

/** A text that was read: its value, and where each part of the value stands. */
export interface Source {
  /** As shown to people. */
  readonly path: string;
  readonly text: string;
  readonly json: Json;
  readonly root: Spot;
  readonly at: YamlText["at"];
}

/** What is wrong, before it is known where it stands. */
export interface Complaint extends Wrong {
  readonly severity?: "warning";
}

/** Which part of a value is meant: its key, or this piece of its text. */
export interface Pointer {
  readonly path: Path;
  readonly key?: boolean;
  readonly piece?: string;
}

/** Makes a diagnostic that points at a value of the text, or at the nearest thing around it that is there. */
export function blame(
  source: Source,
  { path, key, piece }: Pointer,
  complaint: Complaint,
): Diagnostic {
  let spot = source.root;
  let reached = 0;
  for (; reached < path.length; reached++) {
    const inner = spot.parts.get(path[reached] ?? 0);
    if (!inner) break;
    spot = inner;
  }
  const isThere = reached === path.length;
  const found =
    isThere && piece !== undefined ? pieceOf(source.text, spot.value, piece) : undefined;
  const whole = isThere && key !== true && spot.isScalar ? spot.value : (spot.key ?? spot.value);
  return {
    file: source.path,
    ...source.at(found ?? whole),
    severity: "error",
    ...complaint,
  };
}

function pieceOf(text: string, { start, end }: Span, piece: string): Span | undefined {
  const at = text.slice(start, end).indexOf(piece);
  return at < 0 ? undefined : { start: start + at, end: start + at + piece.length };
}
