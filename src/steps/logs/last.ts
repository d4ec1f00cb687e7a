import type { LogPiece } from "../../ports/driver.ts";

/** More than this is never held, whatever the number of lines. */
const MOST_CHARACTERS = 32 * 1_048_576;

/** The last lines of each part alone. A part of which fewer could be held says how much is missing. */
export async function* lastLinesOf(
  pieces: AsyncIterable<LogPiece>,
  most: number,
): AsyncGenerator<LogPiece> {
  let held: Held | undefined;
  for await (const piece of pieces) {
    if (held !== undefined && held.part !== piece.part) {
      yield* release(held, most);
      held = undefined;
    }
    const { text: _, lost: __, ...origin } = piece;
    held ??= { part: piece.part, origin, pieces: [], lines: 0, characters: 0, lost: 0 };
    hold(held, piece, most);
  }
  if (held !== undefined) yield* release(held, most);
}

interface Held {
  readonly part: string;
  readonly origin: Omit<LogPiece, "text" | "lost">;
  readonly pieces: { readonly text: string; readonly lines: number }[];
  lines: number;
  characters: number;
  lost: number;
}

function hold(held: Held, { text, lost = 0 }: LogPiece, most: number): void {
  held.lost += lost;
  held.pieces.push({ text, lines: linesIn(text) });
  held.lines += held.pieces.at(-1)?.lines ?? 0;
  held.characters += text.length;
  for (;;) {
    const [oldest] = held.pieces;
    if (oldest === undefined || held.pieces.length === 1) return;
    const isNeeded = held.lines - oldest.lines < most;
    if (isNeeded && held.characters <= MOST_CHARACTERS) return;
    held.pieces.shift();
    held.lines -= oldest.lines;
    held.characters -= oldest.text.length;
    // What was lost before enough lines were found is of no interest.
    held.lost = isNeeded ? held.lost + oldest.text.length : 0;
  }
}

function* release({ origin, pieces, lines, lost }: Held, most: number): Generator<LogPiece> {
  let surplus = lines - most;
  // Enough lines: what stood before them does not matter.
  if (lost > 0 && surplus < 0) yield { ...origin, text: "", lost };
  for (const { text } of pieces) {
    let from = 0;
    for (; surplus > 0; surplus--) from = text.indexOf("\n", from) + 1;
    yield { ...origin, text: from === 0 ? text : text.slice(from) };
  }
}

/** Whole lines, the last with or without its line feed. */
export function linesIn(text: string): number {
  let lines = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines++;
  return text === "" || text.endsWith("\n") ? lines : lines + 1;
}
