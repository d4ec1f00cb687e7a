import type { Diagnostic } from "./diagnostic.ts";

/** Longest piece of a line that is shown. */
const WIDTH = 120;

/**
 * Draws each diagnostic with the line that it is about: place and fact, the line, carets under what is meant, the fix.
 * Last comes how many there are.
 */
export function showDiagnostics(
  diagnostics: readonly Diagnostic[],
  texts: (file: string) => string | undefined,
): string {
  const lines = new Map<string, readonly string[]>();
  const linesOf = (file: string): readonly string[] => {
    const known = lines.get(file);
    if (known) return known;
    const made = (texts(file) ?? "").replace(/^\uFEFF/, "").split("\n");
    lines.set(file, made);
    return made;
  };
  const frames = diagnostics
    .toSorted(byPlace)
    .map((each) => `${frame(each, linesOf(each.file)[each.line - 1])}\n`);
  return frames.join("") + count(diagnostics);
}

function count(diagnostics: readonly Diagnostic[]): string {
  if (diagnostics.length === 0) return "";
  const warnings = diagnostics.filter(({ severity }) => severity === "warning").length;
  const faults = diagnostics.length - warnings;
  const each = [counted(faults, "fault"), counted(warnings, "warning")].filter(Boolean);
  return `${each.join(", ")}.${faults > 0 ? " Nothing was run." : ""}\n`;
}

function counted(n: number, word: string): string {
  if (n === 0) return "";
  return n === 1 ? `1 ${word}` : `${n} ${word}s`;
}

function byPlace(a: Diagnostic, b: Diagnostic): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}

function frame(diagnostic: Diagnostic, line: string | undefined): string {
  const { file, column, severity } = diagnostic;
  const mark = severity === "warning" ? "warning: " : "";
  const head = `${visible(file)}:${diagnostic.line}:${column}  ${mark}${inShort(diagnostic.what)}`;
  const fix = inShort(diagnostic.fix);
  const number = String(diagnostic.line);
  const margin = " ".repeat(number.length);
  if (line === undefined) return `${head}\n ${margin} | ${fix}\n`;
  const cut = cutAround(line.replace(/\r$/, ""), diagnostic);
  const before = width(cut.before);
  const carets = "^".repeat(Math.max(1, width(cut.meant)));
  const shown = cut.before + cut.meant + cut.after;
  return `${head}\n ${margin} |\n ${number} | ${shown}\n ${margin} | ${" ".repeat(before)}${carets} ${fix}\n`;
}

interface Piece {
  readonly before: string;
  readonly meant: string;
  readonly after: string;
}

/** The piece of the line that is shown, in three parts; a cut end is marked. */
function cutAround(line: string, { column, length }: Diagnostic): Piece {
  const start = Math.min(column - 1, line.length);
  const end = Math.min(start + Math.min(length, WIDTH), line.length);
  const from = line.length <= WIDTH ? 0 : Math.max(0, Math.min(start - 40, line.length - WIDTH));
  const to = line.length <= WIDTH ? line.length : Math.max(end, from + WIDTH);
  return shortened({
    before: visible(`${from > 0 ? "…" : ""}${line.slice(from, start)}`),
    meant: visible(line.slice(start, end)),
    after: visible(`${line.slice(end, to)}${to < line.length ? "…" : ""}`),
  });
}

/** Characters that have to be written out make a line many times as long. */
function shortened({ before, meant, after }: Piece): Piece {
  if (before.length + meant.length + after.length <= WIDTH + 40) return { before, meant, after };
  return {
    before: before.length <= 40 ? before : `…${before.slice(-40)}`,
    meant: cutShort(meant, 40),
    after: cutShort(after, 40),
  };
}

function cutShort(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}…`;
}

/** A sentence as it is, or the beginning of one that quotes what can't be shown. */
function inShort(text: string): string {
  const shown = visible(text);
  return shown.length - text.length <= WIDTH ? shown : cutShort(shown, WIDTH);
}

/* oxlint-disable no-control-regex -- control characters, and what hides or turns text, are what is made visible */
const HIDDEN =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]/gu;

/** The text with every character that acts on a terminal written out. */
function visible(text: string): string {
  return text.replace(HIDDEN, (character) => {
    if (character === "\t") return " ";
    const code = character.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}

/** Columns that a text takes on a terminal: wide characters take two, combining ones none. */
function width(text: string): number {
  let columns = 0;
  for (const character of text) {
    if (/\p{M}/u.test(character)) continue;
    const isWide =
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}]/u.test(
        character,
      );
    columns += isWide ? 2 : 1;
  }
  return columns;
}
