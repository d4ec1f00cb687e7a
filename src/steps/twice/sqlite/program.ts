import { createHash, type Hash } from "node:crypto";
import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { Fault } from "../../../model/failure.ts";
import { carryOut } from "../../thread.ts";

/** Looks at a database that may be in use. Absolute path. */
export interface Task {
  readonly path: string;
  readonly tables?: readonly string[];
  readonly query?: string;
  readonly content: boolean;
}

/** What was counted. */
export type Seen = readonly {
  readonly name: string;
  readonly rows: number;
  /** sha256 over all rows in their order, when it was asked for. */
  readonly digest?: string;
  /** Of a query: its first row. */
  readonly first?: string;
}[];

const BUSY_MS = 5_000;

await carryOut<Task>(async (task) => {
  if (!existsSync(task.path))
    throw no(
      `There is no database ${task.path}.`,
      "Correct the path, or let a step before make it.",
    );
  try {
    using database = new DatabaseSync(task.path, { readOnly: true, timeout: BUSY_MS });
    // One picture for all tables, whoever writes meanwhile.
    database.exec("BEGIN");
    return look(database, task);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw no(
      `SQLite can't look at ${task.path}: ${error.message}.`,
      "Correct the table or the query; the database is opened for reading only.",
    );
  }
});

function look(database: DatabaseSync, { tables, query, content }: Task): Seen {
  if (query !== undefined) return [{ name: "query", ...read(database, query, true) }];
  return (tables ?? allTables(database)).map((name) => ({
    name,
    ...count(database, `"${name.replaceAll('"', '""')}"`, content),
  }));
}

function allTables(database: DatabaseSync): readonly string[] {
  return database
    .prepare(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'
       AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name`,
    )
    .all()
    .map((row) => String(row["name"]));
}

function count(database: DatabaseSync, quoted: string, content: boolean) {
  if (content) {
    const { rows, digest } = read(database, `SELECT * FROM ${quoted}`, false);
    return { rows, digest };
  }
  return { rows: Number(database.prepare(`SELECT count(*) AS n FROM ${quoted}`).get()?.["n"]) };
}

/** Counts the rows of a SELECT and takes a digest of them, one row in memory at a time. */
function read(database: DatabaseSync, sql: string, withFirst: boolean) {
  const statement = database.prepare(sql);
  statement.setReadBigInts(true);
  const hash = createHash("sha256");
  let rows = 0;
  let first: string | undefined;
  for (const row of statement.iterate()) {
    const values = Object.values(row);
    if (rows === 0 && withFirst) first = values.map(String).join(", ").slice(0, 80);
    rows++;
    hash.update(`row ${values.length}\n`);
    for (const value of values) add(hash, value);
  }
  return { rows, digest: hash.digest("hex"), ...(first !== undefined && { first }) };
}

function no(what: string, fix: string): Fault {
  return new Fault({ code: "twice-database", what, fix });
}

/** With its type and length, so that no two different rows look alike. */
function add(hash: Hash, value: unknown): void {
  const bytes = value instanceof Uint8Array ? value : Buffer.from(String(value));
  const type = value === null ? "null" : value instanceof Uint8Array ? "blob" : typeof value;
  hash.update(`${type} ${bytes.length}\n`);
  hash.update(bytes);
}
