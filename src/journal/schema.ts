import type { DatabaseSync } from "node:sqlite";

/** "Seaw": tells our database files from anybody else's. */
export const APPLICATION_ID = 0x53656177;

/**
 * What each format adds to the one before; the database's `user_version` counts how many it has seen.
 * A step that was released is never edited: the next format is the next step.
 *
 * `content` is canonical JSON and `seal` its sha256 (sealed-table.ts). WITHOUT ROWID, so that each table is one tree
 * and no index can disagree with it.
 */
export const STEPS: readonly string[] = [
  `
  CREATE TABLE totals (name TEXT PRIMARY KEY, content TEXT NOT NULL, seal TEXT NOT NULL) WITHOUT ROWID, STRICT;
  CREATE TABLE runs (name TEXT PRIMARY KEY, content TEXT NOT NULL, seal TEXT NOT NULL) WITHOUT ROWID, STRICT;
  CREATE TABLE environments (name TEXT PRIMARY KEY, content TEXT NOT NULL, seal TEXT NOT NULL) WITHOUT ROWID, STRICT;
  CREATE TABLE locks (name TEXT PRIMARY KEY, content TEXT NOT NULL, seal TEXT NOT NULL) WITHOUT ROWID, STRICT;
  CREATE TABLE snapshots (digest TEXT PRIMARY KEY, content TEXT NOT NULL) WITHOUT ROWID, STRICT;
  CREATE TABLE entries (
    run TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at TEXT NOT NULL,
    event TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (run, seq)
  ) WITHOUT ROWID, STRICT;
  `,
];

/** How many steps the database has seen. */
export function formatOf(database: DatabaseSync): number {
  return Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
}

export function applicationOf(database: DatabaseSync): number {
  return Number(database.prepare("PRAGMA application_id").get()?.["application_id"]);
}

/** Takes the database from the format it has to the newest, all or nothing. */
export function migrate(database: DatabaseSync, steps: readonly string[]): void {
  if (formatOf(database) >= steps.length) return;
  database.exec("BEGIN IMMEDIATE");
  try {
    // Another process may have done it while we waited for the lock, so the format is read again.
    for (const step of steps.slice(formatOf(database))) database.exec(step);
    database.exec(`PRAGMA user_version = ${steps.length}`);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    database.exec("COMMIT");
  } catch (thrown) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw thrown;
  }
}
