import { backup, DatabaseSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import { Fault } from "../../../model/failure.ts";
import { carryOut } from "../../thread.ts";

/** What a thread for SQLite can be asked to do. Everything takes place on files given by absolute path. */
export type Task =
  /** Copies a database that may be in use into a new file. */
  | { readonly do: "copy"; readonly from: string; readonly to: string }
  /** Checks a database and counts what is in it. */
  | { readonly do: "inspect"; readonly path: string }
  /** Overwrites a database with another one, in one transaction that its users see. */
  | { readonly do: "restore"; readonly from: string; readonly to: string };

/** What is in a database. */
export interface Contents {
  /** `ok`, or what SQLite finds wrong. */
  readonly integrity: string;
  readonly tables: readonly { readonly name: string; readonly rows: number }[];
}

/** The tables at the moment of the copy, where they could be counted without holding up its users. */
export interface Copied {
  readonly tables?: Contents["tables"];
}

const BUSY_MS = 5_000;
const TRIES = 50;
const PAUSE_MS = 200;
/** All pages in one go: a copy in parts starts again with each write, and might never end. */
const ALL_PAGES = 2 ** 31 - 1;

await carryOut<Task>(async (task) => {
  switch (task.do) {
    case "copy":
      return told(`copy ${task.from}`, () => copy(task));
    case "inspect":
      return told(`read ${task.path}`, async () => inspect(task.path));
    case "restore":
      return told(`restore ${task.to}`, () => restore(task));
  }
});

async function copy({ from, to }: { from: string; to: string }): Promise<Copied> {
  using source = new DatabaseSync(from, { readOnly: true, timeout: BUSY_MS });
  // In WAL mode an open read transaction keeps the picture still and holds nobody up.
  const isWal = word(source, "PRAGMA journal_mode", "journal_mode") === "wal";
  if (isWal) source.exec("BEGIN");
  const tables = isWal ? count(source) : undefined;
  await patiently(() => backup(source, to, { rate: ALL_PAGES }));
  if (isWal) source.exec("COMMIT");
  using made = new DatabaseSync(to);
  // One file without companions is what can be moved, checked and kept.
  made.exec("PRAGMA journal_mode = DELETE");
  return tables ? { tables } : {};
}

function inspect(path: string): Contents {
  using database = new DatabaseSync(path, { readOnly: true, timeout: BUSY_MS });
  const integrity = word(database, "PRAGMA integrity_check(1)", "integrity_check");
  return { integrity, tables: integrity === "ok" ? count(database) : [] };
}

async function restore({ from, to }: { from: string; to: string }): Promise<Contents> {
  using source = new DatabaseSync(from, { readOnly: true, timeout: BUSY_MS });
  await patiently(() => backup(source, to, { rate: ALL_PAGES }));
  return inspect(to);
}

function count(database: DatabaseSync): Contents["tables"] {
  const names = database
    .prepare(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'
       AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name`,
    )
    .all()
    .map((row) => String(row["name"]));
  return names.map((name) => {
    const quoted = `"${name.replaceAll('"', '""')}"`;
    return {
      name,
      rows: Number(database.prepare(`SELECT count(*) AS n FROM ${quoted}`).get()?.["n"]),
    };
  });
}

function word(database: DatabaseSync, question: string, column: string): string {
  return String(database.prepare(question).get()?.[column]);
}

/** `backup` gives up at once when somebody else writes; a moment later it may do. */
async function patiently(deed: () => Promise<unknown>): Promise<void> {
  for (let tried = 1; ; tried++) {
    try {
      await deed();
      return;
    } catch (error) {
      if (tried === TRIES || !isBusy(error)) throw error;
      await setTimeout(PAUSE_MS);
    }
  }
}

/** Locked, busy, or 0: that is what `backup` says of a target that somebody else is writing to. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && [0, 5, 6].includes(Number(error.errcode));
}

/** Whatever SQLite says is the world saying no. */
async function told<T>(what: string, deed: () => Promise<T>): Promise<T> {
  try {
    return await deed();
  } catch (error) {
    if (!(error instanceof Error) || !("errcode" in error)) throw error;
    throw new Fault({
      code: "sqlite-refused",
      what: `SQLite can't ${what}: ${isBusy(error) ? "somebody else holds it locked" : error.message}.`,
      fix: "See that it is a SQLite database, that this user may read and write it and its folder, and that nobody holds it locked.",
    });
  }
}
