import type { LineCounter } from "yaml";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Json } from "../model/json.ts";

/** Offsets in a text, as in `slice`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where a value of the text stands, with its key and its parts. */
export interface Spot {
  readonly value: Span;
  readonly key?: Span;
  readonly isScalar: boolean;
  readonly parts: ReadonlyMap<string | number, Spot>;
}

/** Keys and indexes from the top of a text down to one of its values. */
export type Path = readonly (string | number)[];

/** A text that was read: its value, and where each part of the value stands. */
export interface Source {
  /** As shown to people. */
  readonly path: string;
  readonly text: string;
  readonly lines: LineCounter;
  readonly json: Json;
  readonly root: Spot;
}

/** What is wrong, before it is known where it stands. */
export interface Complaint {
  readonly code: string;
  readonly what: string;
  readonly fix: string;
  readonly severity?: "warning";
}

/** Which part of a value is meant: its key, or this piece of its text. */
export interface Pointer {
  readonly path: Path;
  readonly key?: boolean;
  readonly piece?: string;
}

type Text = Pick<Source, "path" | "text" | "lines">;

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
  return blameSpan(source, found ?? whole, complaint);
}

/** Makes a diagnostic that points at a piece of the text. */
export function blameSpan(
  source: Text,
  span: Span,
  { code, what, fix, severity }: Complaint,
): Diagnostic {
  const { line, col } = source.lines.linePos(span.start);
  const lineEnd = source.text.slice(span.start, span.end).search(/[\r\n]/);
  const length = lineEnd < 0 ? span.end - span.start : lineEnd;
  return {
    file: source.path,
    line: Math.max(1, line),
    column: Math.max(1, col),
    length: Math.max(1, length),
    code,
    what,
    fix,
    severity: severity ?? "error",
  };
}

function pieceOf(text: string, { start, end }: Span, piece: string): Span | undefined {
  const at = text.slice(start, end).indexOf(piece);
  return at < 0 ? undefined : { start: start + at, end: start + at + piece.length };
}
