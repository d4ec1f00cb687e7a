/** Rows of a CSV text (RFC 4180), each with the line on which it begins; or the line of what is wrong. */
export type Csv =
  | { readonly ok: true; readonly rows: readonly CsvRow[] }
  | { readonly ok: false; readonly line: number; readonly why: string };

export interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

const PIECE = /"(?:[^"]|"")*"|[^",\r\n]+|,|\r\n|\n|\r|"/y;

/** Reads comma-separated values; empty lines are left out. */
export function readCsv(raw: string): Csv {
  const text = raw.replace(/^\uFEFF/, "");
  const rows: CsvRow[] = [];
  let line = 1;
  let row = { line, cells: [""] };
  let closed = false;
  const end = () => {
    if (row.cells.length > 1 || row.cells[0] !== "" || closed) rows.push(row);
    closed = false;
  };
  PIECE.lastIndex = 0;
  for (let piece = PIECE.exec(text)?.[0]; piece !== undefined; piece = PIECE.exec(text)?.[0]) {
    const last = row.cells.length - 1;
    if (piece === ",") {
      row.cells.push("");
      closed = false;
    } else if (/^[\r\n]/.test(piece)) {
      end();
      line++;
      row = { line, cells: [""] };
    } else if (piece === '"') return { ok: false, line, why: "a quote is never closed" };
    else if (closed || (piece.startsWith('"') && row.cells[last] !== ""))
      return { ok: false, line, why: "a quoted value has more beside its quotes" };
    else if (piece.startsWith('"')) {
      row.cells[last] = piece.slice(1, -1).replaceAll('""', '"');
      closed = true;
      line += piece.split("\n").length - 1;
    } else row.cells[last] = piece;
  }
  end();
  return { ok: true, rows };
}
