/** Before each piece of a stream its number of bytes, so that its end is something else than that nothing comes any more. */
export function pieceHead(bytes: number): string {
  return `${bytes}\n`;
}

/** What says that all has come. */
export const LAST_PIECE = "0\n";
