import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { type Database, DatabaseUnavailable, type Statements } from "./database.ts";

/**
 * The database as one SQLite file. It is opened when it is first needed, and again when the file was replaced (a backup was put back).
 *
 * It never makes the file: that is for the migrations. Other processes use it too, an older or newer release among them.
 */
export function openSqlite(path: string): Database {
  let opened: { readonly db: DatabaseSync; readonly inode: number } | undefined;
  const close = (): void => {
    opened?.db.close();
    opened = undefined;
  };
  const open = (): DatabaseSync => {
    const inode = statSync(path, { throwIfNoEntry: false })?.ino;
    if (opened && opened.inode !== inode) close();
    if (inode === undefined) throw new DatabaseUnavailable("The database does not exist yet.");
    opened ??= { db: connect(path), inode };
    return opened.db;
  };
  const inTurn = createTurns();
  return {
    migrations: "migrations",
    read: (work) => inTurn(() => work(statementsOf(open()))),
    write: (work) => inTurn(() => inTransaction(open(), work)),
    applied: () => inTurn(() => Promise.resolve(appliedIn(open()))),
    script: (sql) => inTurn(async () => open().exec(sql)),
    close: () => inTurn(async () => close()),
  };
}

/** There is one connection: whoever asks while a transaction is open must wait, or would be part of it. */
function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}

function connect(path: string): DatabaseSync {
  try {
    // The timeout must be there before the first statement, or opening beside another process may fail as busy.
    const db = new DatabaseSync(path, { timeout: 5000, enableForeignKeyConstraints: true });
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    return db;
  } catch (cause) {
    throw new DatabaseUnavailable("The database can't be opened.", { cause });
  }
}

function statementsOf(db: DatabaseSync): Statements {
  return {
    all: async (sql, ...values) => db.prepare(sql).all(...values),
    get: async (sql, ...values) => db.prepare(sql).get(...values),
    run: async (sql, ...values) => Number(db.prepare(sql).run(...values).changes),
  };
}

async function inTransaction<T>(
  db: DatabaseSync,
  work: (db: Statements) => Promise<T>,
): Promise<T> {
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = await work(statementsOf(db));
    db.exec("COMMIT");
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

function appliedIn(db: DatabaseSync): readonly number[] {
  const table = db
    .prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migrations'")
    .get();
  const rows = table ? db.prepare("SELECT version FROM schema_migrations").all() : [];
  return rows.map((row) => Number(row["version"]));
}
