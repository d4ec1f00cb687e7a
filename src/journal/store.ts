import { closeSync, existsSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  DatabaseSync,
  type SQLInputValue,
  type SQLOutputValue,
  type StatementSync,
} from "node:sqlite";
import { Fault } from "../model/failure.ts";
import { damaged, missing, newer, older } from "./faults.ts";
import { openMark, readMark, type Mark } from "./mark.ts";
import { APPLICATION_ID, applicationOf, formatOf, migrate, STEPS } from "./schema.ts";
import { patiently } from "./patience.ts";
import { syncFolder } from "./sync-folder.ts";
import { readFault, writeFault } from "./sqlite-faults.ts";

/** The open database of a journal, with what a connection must remember. */
export interface Store {
  readonly path: string;
  readonly database: DatabaseSync;
  readonly readOnly: boolean;
  readonly mark: Mark;
  readonly statements: Map<string, StatementSync>;
  /** Set by the first disk error. What the disk did after one is unknowable, so nothing is written again. */
  broken: Fault | undefined;
  /** Transactions written here; SQLite's own counter leaves out those of the same connection. */
  writes: number;
}

export type Row = Readonly<Record<string, SQLOutputValue>>;

/** Opens the database below `folder`; creates it and brings it up to date unless it is only to be read. */
export function openStore(folder: string, readOnly: boolean): Store {
  const path = join(folder, "journal.db");
  const markPath = join(folder, "journal.mark");
  try {
    if (readOnly && !existsSync(path)) throw missing(path);
    if (!readOnly) makeFolder(folder);
    checkNothingIsLost(path, readMark(markPath));
    const database = readOnly ? openToRead(path) : openToWrite(path);
    const statements = new Map<string, StatementSync>();
    const mark = openMark(markPath);
    return { path, database, readOnly, mark, statements, broken: undefined, writes: 0 };
  } catch (thrown) {
    throw readFault(path, thrown);
  }
}

export function closeStore(store: Store): void {
  store.statements.clear();
  store.mark.close();
  if (store.database.isOpen) store.database.close();
}

/** Reads one consistent state of the journal. */
export function reading<T>(store: Store, read: () => T): T {
  try {
    store.database.exec("BEGIN");
    const result = read();
    store.database.exec("COMMIT");
    return result;
  } catch (thrown) {
    rollBack(store);
    throw readFault(store.path, thrown);
  }
}

/** Carries out all of `write` or nothing; durable when it returns. `write` gives its result and the number of changes. */
export function writing<T>(store: Store, write: () => { result: T; changes: number }): T {
  if (store.broken !== undefined) throw store.broken;
  if (store.readOnly) throw new TypeError("this journal was opened to be read only");
  try {
    store.database.exec("BEGIN IMMEDIATE");
    const { result, changes } = write();
    store.database.exec("COMMIT");
    store.writes += 1;
    store.mark.raise(changes);
    return result;
  } catch (thrown) {
    rollBack(store);
    const fault = writeFault(store.path, thrown);
    if (fault instanceof Fault && fault.failure.code === "journal-unwritable") store.broken = fault;
    throw fault;
  }
}

export function rowsOf(store: Store, sql: string, ...values: SQLInputValue[]): readonly Row[] {
  return prepared(store, sql).all(...values);
}

export function rowOf(store: Store, sql: string, ...values: SQLInputValue[]): Row | undefined {
  return prepared(store, sql).get(...values);
}

export function execute(store: Store, sql: string, ...values: SQLInputValue[]): void {
  prepared(store, sql).run(...values);
}

/** A column that we only ever wrote text to. */
export function textOf(store: Store, row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== "string") throw damaged(store.path, `a ${column} is not text`);
  return value;
}

/** A column that we only ever wrote whole numbers to. */
export function integerOf(store: Store, row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== "number") throw damaged(store.path, `a ${column} is not a number`);
  return value;
}

function prepared(store: Store, sql: string): StatementSync {
  const known = store.statements.get(sql);
  if (known !== undefined) return known;
  const statement = store.database.prepare(sql);
  store.statements.set(sql, statement);
  return statement;
}

function rollBack(store: Store): void {
  try {
    if (store.database.isTransaction) store.database.exec("ROLLBACK");
  } catch {
    // SQLite rolls back by itself on the errors after which it cannot be asked to.
  }
}

function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  syncFolder(dirname(folder));
}

/**
 * Compares the database with its mark before anything may write to it: a connection that can write would tidy the
 * damaged end of the write-ahead file away on closing, and with it what could still be saved.
 */
function checkNothingIsLost(path: string, marked: number): void {
  if (marked === 0) return;
  const found = existsSync(path) && statSync(path).size > 0 ? changesIn(path) : 0;
  if (found < marked) {
    throw damaged(
      path,
      `it holds ${found} changes, but ${marked} were acknowledged (journal.mark)`,
    );
  }
}

function changesIn(path: string): number {
  const database = opened(path, true, () => {});
  try {
    const row = database.prepare("SELECT content FROM totals").get();
    if (row === undefined) return 0;
    const totals: unknown = JSON.parse(String(row["content"]));
    if (typeof totals !== "object" || totals === null || !("changes" in totals)) return 0;
    return Number(totals.changes);
  } catch (thrown) {
    if (thrown instanceof SyntaxError) throw damaged(path, "the totals are not JSON", thrown);
    throw thrown;
  } finally {
    database.close();
  }
}

function openToRead(path: string): DatabaseSync {
  return opened(path, true, (database) => {
    const format = formatOf(database);
    if (format < STEPS.length) throw older(path, format, STEPS.length);
  });
}

function openToWrite(path: string): DatabaseSync {
  // SQLite would let everybody read it. Never done to a database in use: closing any handle ends a process's locks.
  if (!existsSync(path)) closeSync(openSync(path, "a", 0o600));
  return opened(path, false, (database) => {
    // Two processes that create the database at once: SQLite refuses one of them without waiting.
    patiently(() => database.exec("PRAGMA journal_mode = WAL"));
    database.exec("PRAGMA synchronous = FULL");
    migrate(database, STEPS);
  });
}

function opened(
  path: string,
  readOnly: boolean,
  prepare: (database: DatabaseSync) => void,
): DatabaseSync {
  // The timeout belongs here and not into a PRAGMA: the very first access after a kill may have to wait for a recovery.
  const database = new DatabaseSync(path, { timeout: 5000, readOnly, defensive: true });
  try {
    database.exec("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON");
    const format = formatOf(database);
    if (format > STEPS.length) throw newer(path, format, STEPS.length);
    if (format > 0 && applicationOf(database) !== APPLICATION_ID) {
      throw damaged(path, "it is not a Seaworthy journal");
    }
    prepare(database);
    return database;
  } catch (thrown) {
    database.close();
    throw thrown;
  }
}
