import { showSafely } from "../lib/escape.ts";
import type { Entry } from "../model/event.ts";
import { clockTime, type Line } from "./line.ts";
import { teller } from "./teller.ts";

/** Marks that say the same without colour. */
export const MARKS: Readonly<Record<Line["tone"], string>> = {
  head: "===",
  good: "✓",
  bad: "✗",
  warn: "!",
  back: "↩",
  note: "·",
  quiet: "·",
};

/** The run's log as text, one line each with its time: `[14:03:22] ✓ deploy  17.9 s`. */
export function plainLog(entries: readonly Entry[]): string {
  const tell = teller();
  return entries.map((entry) => plainLines(entry, tell(entry))).join("");
}

/** The lines of one entry, each ended by a newline; empty when there is nothing to say. */
export function plainLines({ at }: Pick<Entry, "at">, lines: readonly Line[]): string {
  return lines.map((line) => `[${clockTime(at)}] ${plainText(line)}\n`).join("");
}

export function plainText({ tone, text, indent }: Line): string {
  const safe = showSafely(text);
  if (tone === "head") return `=== ${safe} ===`;
  return indent > 0 ? `${"  ".repeat(indent)}  ${safe}` : `${MARKS[tone]} ${safe}`;
}
