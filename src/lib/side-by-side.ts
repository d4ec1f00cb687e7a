/** What one side says to one question. */
export interface Cell {
  readonly text: string;
  readonly isGood: boolean;
  /** What to do about it; empty when nothing is, or when it has been said already. */
  readonly advice: string;
}

/** One side with its answers, in the order of the questions; nothing where it was not asked. */
export interface Side {
  readonly name: string;
  readonly cells: readonly (Cell | undefined | null)[];
}

/** The same questions to several sides. */
export interface Comparison {
  readonly questions: readonly string[];
  readonly sides: readonly Side[];
}

const GAP = "  ";
const LONGEST_CELL = 26;
const LEAST_ADVICE = 32;
/** With more of them one side is a row: there are always fewer questions to read across. */
const MOST_COLUMNS = 6;

/**
 * Answers side by side, in lines of at most `width` characters where words allow it: a column for each side, or, where they
 * are many or the lines are short, a row for each. What to do stands in a last column, or below.
 */
export function sideBySide(all: Comparison, width: number): string {
  const { questions, sides } = all;
  const upright = [
    ["CHECK", ...sides.map(({ name }) => name)],
    ...questions.map((question, index) => [
      question,
      ...sides.map(({ cells }) => show(cells[index])),
    ]),
  ];
  const left = width - Math.max(...aligned(upright).map(({ length }) => length));
  const advices = questions.map((_, index) => adviceOn(all, index));
  if (sides.length > MOST_COLUMNS || left < 0) return lying(all, { width, advices });
  if (advices.every((each) => each.length === 0)) return lines(aligned(upright));
  if (left - GAP.length < LEAST_ADVICE)
    return lines([...aligned(upright), "", ...below(all, { width, advices })]);
  const column = [
    ["WHAT TO DO"],
    ...advices.map((each) => wrap(each.join(" "), left - GAP.length)),
  ];
  return lines(
    aligned(
      upright.flatMap((row, index) => {
        const [first = "", ...rest] = column[index] ?? [];
        return [[...row, first], ...rest.map((line) => [...row.map(() => ""), line])];
      }),
    ),
  );
}

/** Only what is not good: those questions, and those sides. */
export function onlyBad({ questions, sides }: Comparison): Comparison {
  const kept = questions.map((_, index) => sides.some(({ cells }) => isBad(cells[index])));
  return {
    questions: questions.filter((_, index) => kept[index]),
    sides: sides
      .filter(({ cells }) => cells.some(isBad))
      .map(({ name, cells }) => ({ name, cells: cells.filter((_, index) => kept[index]) })),
  };
}

function isBad(cell: Cell | undefined | null): boolean {
  return cell?.isGood === false;
}

interface Rest {
  readonly width: number;
  readonly advices: readonly (readonly string[])[];
}

/** A row for each side; as many questions beside each other as fit, then the next ones. */
function lying(all: Comparison, rest: Rest): string {
  const names = ["", ...all.sides.map(({ name }) => name)];
  const blocks: string[][] = [];
  for (let from = 0; from < all.questions.length;) {
    let to = from + 1;
    let block = blockOf(all, names, [from, to]);
    for (; to < all.questions.length; to++) {
      const more = blockOf(all, names, [from, to + 1]);
      if (Math.max(...more.map(({ length }) => length)) > rest.width) break;
      block = more;
    }
    blocks.push(block);
    from = to;
  }
  const told = below(all, rest);
  const parts = [...blocks, ...(told.length > 0 ? [told] : [])];
  return lines(parts.flatMap((part, index) => (index === 0 ? part : ["", ...part])));
}

function blockOf(
  { questions, sides }: Comparison,
  names: readonly string[],
  [from, to]: readonly [number, number],
): string[] {
  const heads = questions.slice(from, to);
  const rows = sides.map(({ cells }) => heads.map((_, index) => show(cells[from + index])));
  return aligned(
    names.map((name, index) => [name, ...(index === 0 ? heads : (rows[index - 1] ?? []))]),
  );
}

/** What is to be done, each with its question. */
function below({ questions }: Comparison, { width, advices }: Rest): string[] {
  const told = questions.flatMap((question, index) =>
    (advices[index] ?? []).flatMap((advice) =>
      wrap(`${question}, ${advice}`, width - GAP.length).map(
        (line, nth) => `${nth === 0 ? GAP : GAP + GAP}${line}`,
      ),
    ),
  );
  return told.length === 0 ? [] : ["WHAT TO DO", ...told];
}

/** What to do about one question, for those sides together that are told the same. */
function adviceOn({ sides }: Comparison, index: number): string[] {
  const told = new Map<string, string[]>();
  for (const { name, cells } of sides) {
    const cell = cells[index];
    if (!cell || cell.isGood || cell.advice === "") continue;
    const text = isCut(cell) ? `${cell.text.replace(/\.$/, "")}. ${cell.advice}` : cell.advice;
    told.set(text, [...(told.get(text) ?? []), name]);
  }
  return [...told].map(([text, names]) => `${spoken(names)}: ${text}`);
}

const MOST_NAMED = 5;

function spoken(names: readonly string[]): string {
  return names.length <= MOST_NAMED
    ? names.join(", ")
    : `${names.length} of them (${names.slice(0, MOST_NAMED - 1).join(", ")}, …)`;
}

function show(cell: Cell | undefined | null): string {
  if (!cell) return "–";
  const text = isCut(cell) ? `${cell.text.slice(0, LONGEST_CELL - 1)}…` : cell.text;
  return cell.isGood ? text : `NO ${text}`.trimEnd();
}

function isCut({ text }: Cell): boolean {
  return text.length > LONGEST_CELL;
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
}

/** At least one line; a word that is longer than the line keeps its length. */
function wrap(text: string, width: number): string[] {
  const wrapped: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      wrapped.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...wrapped, line];
}

function lines(all: readonly string[]): string {
  return `${all.join("\n")}\n`;
}
