const MOST_LINES = 20;
/** Longer texts are compared by what differs first: the table of all pairs would be too large. */
const MOST_COMPARED = 500;
const WIDEST = 160;
const AROUND = 2;
const LONGEST_RUN = 5;

/** Where two texts differ: `-` is expected, `+` actual; at most 20 lines. Undefined when they do not. */
export function diff(expected: string, actual: string): string | undefined {
  if (expected === actual) return undefined;
  const [old, now] = [expected.split("\n"), actual.split("\n")];
  const same = commonStart(old, now);
  const end = commonEnd(old, now, same);
  const changed = changes(old.slice(same, old.length - end), now.slice(same, now.length - end));
  const before = old.slice(Math.max(0, same - AROUND), same);
  const after = old.slice(old.length - end, old.length - end + AROUND);
  const lines = [
    ...before.map((line) => ({ mark: " ", line })),
    ...folded(changed),
    ...after.map((line) => ({ mark: " ", line })),
  ];
  const [shown, from] = [lines.slice(0, MOST_LINES - 2), same - before.length];
  return [
    ...(from > 0 ? [`@ line ${from + 1}`] : []),
    ...shown.map(({ mark, line }, at) => `${mark} ${cut(line, twinOf(lines, at))}`),
    ...(lines.length > shown.length ? [`  … ${lines.length - shown.length} lines more`] : []),
  ].join("\n");
}

interface Line {
  readonly mark: string;
  readonly line: string;
}

function commonStart(a: readonly string[], b: readonly string[]): number {
  const most = Math.min(a.length, b.length);
  let at = 0;
  while (at < most && a[at] === b[at]) at++;
  return at;
}

function commonEnd(a: readonly string[], b: readonly string[], start: number): number {
  const most = Math.min(a.length, b.length) - start;
  let at = 0;
  while (at < most && a[a.length - 1 - at] === b[b.length - 1 - at]) at++;
  return at;
}

/** The longest common lines stay, everything else goes or comes. */
function changes(old: readonly string[], now: readonly string[]): readonly Line[] {
  if (old.length > MOST_COMPARED || now.length > MOST_COMPARED) return [...gone(old), ...come(now)];
  const width = now.length + 1;
  const table = new Uint16Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = now.length - 1; j >= 0; j--)
      table[i * width + j] =
        old[i] === now[j]
          ? 1 + (table[(i + 1) * width + j + 1] ?? 0)
          : Math.max(table[(i + 1) * width + j] ?? 0, table[i * width + j + 1] ?? 0);
  return walk(old, now, table);
}

function walk(old: readonly string[], now: readonly string[], table: Uint16Array): readonly Line[] {
  const width = now.length + 1;
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < old.length && j < now.length) {
    if (old[i] === now[j]) {
      lines.push({ mark: " ", line: old[i++] ?? "" });
      j++;
    } else if ((table[(i + 1) * width + j] ?? 0) >= (table[i * width + j + 1] ?? 0))
      lines.push({ mark: "-", line: old[i++] ?? "" });
    else lines.push({ mark: "+", line: now[j++] ?? "" });
  }
  return [...lines, ...gone(old.slice(i)), ...come(now.slice(j))];
}

function gone(lines: readonly string[]): readonly Line[] {
  return lines.map((line) => ({ mark: "-", line }));
}

function come(lines: readonly string[]): readonly Line[] {
  return lines.map((line) => ({ mark: "+", line }));
}

/** Of many equal lines between two changes only those beside the changes say something, and of a long run its beginning. */
function folded(lines: readonly Line[]): readonly Line[] {
  const near = (at: number) =>
    lines.slice(Math.max(0, at - AROUND), at + AROUND + 1).some(({ mark }) => mark !== " ");
  const shown = lines.flatMap((line, at) => {
    if (near(at)) return [line];
    return near(at - 1) ? [{ mark: " ", line: "…" }] : [];
  });
  return runsOf(shown).flatMap((run) => {
    const [first] = run;
    const rest = run.length - LONGEST_RUN;
    return first === undefined || first.mark === " " || rest <= 1
      ? run
      : [...run.slice(0, LONGEST_RUN), { mark: first.mark, line: `… ${rest} lines more` }];
  });
}

function runsOf(lines: readonly Line[]): readonly (readonly Line[])[] {
  const runs: Line[][] = [];
  for (const line of lines) {
    const run = runs.at(-1);
    if (run?.[0]?.mark === line.mark) run.push(line);
    else runs.push([line]);
  }
  return runs;
}

/** The line of the other side that a changed line is to be seen beside. */
function twinOf(lines: readonly Line[], at: number): string | undefined {
  const mark = lines[at]?.mark;
  if (mark === " ") return undefined;
  const sides = [lines[at + 1], lines[at - 1]];
  return sides.find((each) => each && each.mark !== " " && each.mark !== mark)?.line;
}

/** A long line is cut to where it begins to differ. */
function cut(line: string, twin = ""): string {
  if (line.length <= WIDEST) return line;
  let same = 0;
  while (same < line.length && line[same] === twin[same]) same++;
  const from = same === line.length ? 0 : Math.max(0, same - 40);
  const shown = line.slice(from, from + WIDEST);
  return `${from > 0 ? "…" : ""}${shown}${from + WIDEST < line.length ? "…" : ""}`;
}
