import { showSafely } from "./escape.ts";

// oxlint-disable-next-line no-control-regex -- colours are control characters
const COLOURS = /\u001b\[[0-9;:]*m/g;

/** Foreign text on one line, without colours or anything else that a terminal would obey. */
export function oneLine(text: string): string {
  return bare(text)
    .replaceAll(/[\s\u2028\u2029]+/g, " ")
    .trim();
}

/** Foreign text with its lines, without colours or anything else that a terminal would obey. */
export function bare(text: string): string {
  return showSafely(text).replaceAll(COLOURS, "");
}
