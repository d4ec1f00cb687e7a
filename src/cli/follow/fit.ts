/* oxlint-disable no-control-regex -- colours are control characters */

const COLOURS = /\u001b\[[0-9;:]*m/g;
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const letters = new Intl.Segmenter();

const EMOJI_STYLE = "\ufe0f";

/** How many columns a text takes on a screen; colours take none. */
export function columnsOf(text: string): number {
  const bare = text.replace(COLOURS, "");
  if (/^[\u0020-\u007e]*$/.test(bare)) return bare.length;
  let columns = 0;
  for (const { segment } of letters.segment(bare)) columns += widthOf(segment);
  return columns;
}

/** The text on one line without colours, cut to at most so many columns. */
export function cut(text: string, columns: number): string {
  const bare = text
    .replace(COLOURS, "")
    .replace(/\s*[\t\n]\s*/g, " ")
    .trimEnd();
  if (columnsOf(bare) <= columns) return bare;
  let [kept, taken] = ["", 0];
  for (const { segment } of letters.segment(bare)) {
    taken += widthOf(segment);
    if (taken > columns - 1) break;
    kept += segment;
  }
  return columns > 0 ? `${kept}…` : "";
}

/** Breaks a line between words, so that nothing but a word longer than a line passes the edge; what follows begins at the indent. */
export function wrap(
  text: string,
  { columns, indent }: { readonly columns: number; readonly indent: number },
): string {
  const [first = "", ...words] = text.split(/(?<=\S) /);
  const lines = [first];
  for (const word of words) {
    const longer = `${lines.at(-1) ?? ""} ${word}`;
    const fits = columnsOf(longer) <= columns || indent + columnsOf(word) > columns;
    if (fits) lines[lines.length - 1] = longer;
    else lines.push(" ".repeat(indent) + word.trimStart());
  }
  return lines.join("\n");
}

function widthOf(letter: string): number {
  return WIDE.test(letter) || letter.includes(EMOJI_STYLE) ? 2 : 1;
}
