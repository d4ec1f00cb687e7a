import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

/** The database is not there, or can't be opened now. */
export class DatabaseUnavailable extends Error {}

/** The application's one SQLite file. */
export interface Database {
  read<T>(work: (db: DatabaseSync) => T): T;
  /** In one transaction: all of it or nothing. */
  write<T>(work: (db: DatabaseSync) => T): T;
  close(): void;
}

/**
 * Opens the database when it is first needed, and again when the file was replaced (a backup was put back).
 *
 * It never makes the file: that is for the migrations. Other processes use it too, an older or newer release among them.
 */
export function openDatabase(path: string): Database {
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
  return { read: (work) => work(open()), write: (work) => inTransaction(open(), work), close };
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

function inTransaction<T>(db: DatabaseSync, work: (db: DatabaseSync) => T): T {
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = work(db);
    db.exec("COMMIT");
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}
