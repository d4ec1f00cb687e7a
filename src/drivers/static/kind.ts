import { fits } from "./glob.ts";
import type { Kind } from "./manifest.ts";

/** What a person says of names. */
export interface Names {
  readonly document: string;
  readonly entry: readonly string[];
  readonly hashed: readonly string[];
}

/** How a file takes part in a switch, by its path: what a person says counts before what it looks like. */
export function kindOf(path: string, { document, entry, hashed }: Names): Kind {
  if (path === document || entry.some((pattern) => fits(path, pattern))) return "entry";
  return hashed.some((pattern) => fits(path, pattern)) || looksHashed(path) ? "hashed" : "plain";
}

const LONGEST_HASH = 64;

/**
 * Whether a name holds a digest, as bundlers write it: a piece of hexadecimal digits with letters and numbers among them
 * (`app.3f2a91bc.js`), or eight characters of base64 in both cases (`index-DiwrgTda.js`). In doubt it does not: then the
 * file is merely switched like any other.
 */
export function looksHashed(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const stem = name.replace(/\.[^.]*$/, "");
  if (stem === name) return false;
  const pieces = stem
    .split(".")
    .flatMap((piece) => [piece, ...piece.split("-"), ...piece.split("_")]);
  // Digests in base64 may hold the very characters that stand between pieces.
  const last = /[-.]([\w-]{8})$/.exec(stem)?.[1];
  return pieces.some(isHex) || [...pieces, ...(last === undefined ? [] : [last])].some(isBase64);
}

function isHex(piece: string): boolean {
  return (
    /^[0-9a-f]{8,}$/.test(piece) &&
    piece.length <= LONGEST_HASH &&
    /\d/.test(piece) &&
    /[a-f]/.test(piece)
  );
}

function isBase64(piece: string): boolean {
  // A capital at the beginning alone is a word: Settings.
  return (
    /^[\w-]{8}$/.test(piece) &&
    /[a-z]/.test(piece) &&
    /.[A-Z]/.test(piece) &&
    /[A-Z].*[A-Z]|\d/.test(piece)
  );
}
