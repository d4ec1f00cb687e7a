import type { TextPath } from "../lib/yaml-text.ts";
import { readCsv } from "./csv.ts";
import type { CsvRow } from "./csv.ts";
import type { Data } from "./model.ts";
import { complain, readCompanion } from "./source.ts";
import type { Source } from "./source.ts";
import { isList, parseJson, typeName } from "./value.ts";
import type { Value } from "./value.ts";

const MOST_ROWS = 10_000;
const NAME = /^[A-Za-z][A-Za-z0-9_]*$/;
const AT: TextPath = ["data"];

type Row = Readonly<Record<string, Value>>;

/** The rows that the scenario is run with, from its own text or from a file beside it. */
export function dataOf(
  given: string | readonly Readonly<Record<string, unknown>>[] | undefined,
  source: Source,
): Data | undefined {
  if (given === undefined) return undefined;
  if (typeof given !== "string") {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- YAML holds nothing else
    return checked({ rows: given as readonly Row[], lookUps: true, say: itemOf }, source);
  }
  if (!/\.(?:csv|json)$/i.test(given))
    return refuse(source, `Nobody knows what kind of data ${given} holds.`);
  const text = readCompanion(source, given, AT);
  if (text === undefined) return undefined;
  return /\.csv$/i.test(given) ? csvData(text, given, source) : jsonData(text, given, source);
}

function itemOf(at: number): string {
  return `Row ${at + 1} of the data`;
}

function refuse(source: Source, what: string): undefined {
  complain(source, AT, {
    code: "wrong-data",
    what,
    fix: "Give a .csv file with a line of names, a .json file with a list of objects, or a list of maps.",
  });
}

function csvData(text: string, path: string, source: Source): Data | undefined {
  const csv = readCsv(text);
  if (!csv.ok) return refuse(source, `${path}:${csv.line} cannot be read: ${csv.why}.`);
  const [head, ...rest] = csv.rows;
  if (head === undefined) return refuse(source, `${path} is empty.`);
  const wrong = rest.find(({ cells }) => cells.length !== head.cells.length);
  if (wrong !== undefined) return refuse(source, uneven(path, head, wrong));
  const columns = head.cells.map((cell) => cell.trim());
  const twice = columns.find((name, at) => columns.indexOf(name) !== at);
  if (twice !== undefined) return refuse(source, `${path} has two columns "${twice}".`);
  const rows = rest.map(({ cells }) =>
    Object.fromEntries(columns.map((name, at) => [name, cells[at] ?? ""])),
  );
  const say = (at: number) => `${path}:${rest[at]?.line ?? 1}`;
  return checked({ rows, lookUps: false, say }, source);
}

function uneven(path: string, head: CsvRow, { line, cells }: CsvRow): string {
  const columns = `${head.cells.length} column${head.cells.length === 1 ? "" : "s"}`;
  return `${path}:${line} has ${cells.length} value${cells.length === 1 ? "" : "s"} for ${columns}.`;
}

function jsonData(text: string, path: string, source: Source): Data | undefined {
  const value = tryJson(text);
  if (value === undefined) return refuse(source, `${path} is not JSON.`);
  if (!isList(value))
    return refuse(source, `${path} holds one ${typeName(value)}, not a list of objects.`);
  const rows = value.filter(isRow);
  const wrong = value.findIndex((each) => !isRow(each));
  if (wrong >= 0) return refuse(source, `Item ${wrong + 1} of ${path} is not an object.`);
  return checked({ rows, lookUps: false, say: (at) => `Item ${at + 1} of ${path}` }, source);
}

function isRow(value: Value): value is Row {
  return typeof value === "object" && value !== null && !isList(value);
}

function tryJson(text: string): Value | undefined {
  try {
    return parseJson(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

interface Given {
  readonly rows: readonly Row[];
  readonly lookUps: boolean;
  /** How a row is called. */
  readonly say: (at: number) => string;
}

function checked({ rows, lookUps, say }: Given, source: Source): Data | undefined {
  const [first] = rows;
  if (first === undefined) return refuse(source, "The data hold no row, so nothing would be run.");
  if (rows.length > MOST_ROWS)
    return refuse(source, `The data hold ${rows.length} rows; the most is ${MOST_ROWS}.`);
  const columns = Object.keys(first);
  const bad = columns.find((name) => !NAME.test(name));
  if (columns.length === 0 || bad !== undefined)
    return refuse(source, `"${bad ?? ""}" cannot be looked up, so it cannot name a column.`);
  for (const [at, row] of rows.entries()) {
    const missing = columns.find((name) => !Object.hasOwn(row, name));
    if (missing !== undefined) return refuse(source, `${say(at)} has no "${missing}".`);
    const more = Object.keys(row).find((name) => !Object.hasOwn(first, name));
    if (more !== undefined)
      return refuse(source, `${say(at)} has "${more}", the first row has not.`);
  }
  return { columns, rows, lookUps };
}
