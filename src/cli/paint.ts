import type { Line } from "../report/line.ts";
import type { Terminal } from "./terminal.ts";

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, cyan: 36 } as const;

export type Colour = keyof typeof CODES;

/** Colours a text if the terminal wants colours. What it says never depends on it. */
export function paint(terminal: Pick<Terminal, "colour">, colour: Colour, text: string): string {
  return terminal.colour ? `\u001b[${CODES[colour]}m${text}\u001b[0m` : text;
}

const TONE_COLOURS: Readonly<Record<Line["tone"], Colour | undefined>> = {
  head: "bold",
  good: "green",
  bad: "red",
  warn: "yellow",
  back: "blue",
  note: undefined,
  quiet: "dim",
};

export function paintTone(terminal: Terminal, tone: Line["tone"], text: string): string {
  const colour = TONE_COLOURS[tone];
  return colour ? paint(terminal, colour, text) : text;
}

/** Rows of a table with each column as wide as its widest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, cell.length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join("");
}
