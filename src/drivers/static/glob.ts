/**
 * Whether a path fits a pattern: `*` stands for anything within a part, `**` for any number of parts, `?` for one character.
 * Takes no longer than the product of both lengths, whatever a person writes.
 */
export function fits(path: string, pattern: string): boolean {
  return inOrder(path.split("/"), {
    wanted: pattern.split("/"),
    joker: "**",
    fitsOne: (part, piece) =>
      inOrder(Array.from(part), {
        wanted: Array.from(piece),
        joker: "*",
        fitsOne: (letter, sign) => sign === "?" || sign === letter,
      }),
  });
}

interface Row {
  readonly wanted: readonly string[];
  /** Stands for any number of elements, none included. */
  readonly joker: string;
  readonly fitsOne: (each: string, one: string) => boolean;
}

function inOrder(list: readonly string[], { wanted, joker, fitsOne }: Row): boolean {
  // At n: whether what was read so far fits the first n of what is wanted.
  const skipJokers = (row: boolean[]) => {
    for (const [at, one] of wanted.entries()) if (one === joker && row[at]) row[at + 1] = true;
    return row;
  };
  let row = skipJokers([true, ...wanted.map(() => false)]);
  for (const each of list) {
    const next = [false, ...wanted.map(() => false)];
    for (const [at, one] of wanted.entries())
      next[at + 1] = one === joker ? row[at + 1] === true : row[at] === true && fitsOne(each, one);
    row = skipJokers(next);
  }
  return row[wanted.length] === true;
}
