const LONGEST = 64;

/** The known word that was probably meant, or undefined when none is near: at most a third of its letters may differ. */
export function nearest(word: string, words: Iterable<string>): string | undefined {
  const meant = word.toLowerCase().slice(0, LONGEST);
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const known of words) {
    const far = distance(meant, known.toLowerCase().slice(0, LONGEST));
    if (far >= least || far > Math.floor(Math.max(meant.length, known.length, 3) / 3)) continue;
    best = known;
    least = far;
  }
  return best;
}

/** Letters to add, drop, change or swap with their neighbour to make one word the other. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) row.push(cell({ a, b, i, j, row, above, before }));
    before = above;
    above = row;
  }
  return above[b.length] ?? 0;
}

interface Cell {
  readonly a: string;
  readonly b: string;
  readonly i: number;
  readonly j: number;
  readonly row: readonly number[];
  readonly above: readonly number[];
  readonly before: readonly number[];
}

function cell({ a, b, i, j, row, above, before }: Cell): number {
  const changed = a[i - 1] === b[j - 1] ? 0 : 1;
  const least = Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + changed);
  const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
  return swapped ? Math.min(least, (before[j - 2] ?? 0) + 1) : least;
}
