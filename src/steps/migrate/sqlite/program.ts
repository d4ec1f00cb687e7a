import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { Fault } from "../../../model/failure.ts";
import { carryOut } from "../../thread.ts";
import type { Applied } from "../standing.ts";
import { compareVersions } from "../versions.ts";

/** What a thread for migrations can be asked to do. */
export type Task =
  /** The migrations that the database has written down. */
  | { readonly do: "list"; readonly path: string }
  | {
      readonly do: "up" | "down";
      readonly path: string;
      readonly migration: Applied;
      readonly sql: string;
      /** RFC 3339 */
      readonly at: string;
    };

const BUSY_MS = 10_000;

await carryOut<Task>(async (task) => {
  try {
    return task.do === "list" ? list(task.path) : change(task);
  } catch (error) {
    if (!(error instanceof Error) || !("errcode" in error)) throw error;
    throw refused(task, error);
  }
});

function list(path: string): readonly Applied[] {
  if (!existsSync(path)) return [];
  using database = new DatabaseSync(path, { readOnly: true, timeout: BUSY_MS });
  const table = database
    .prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migrations'")
    .get();
  if (table === undefined) return [];
  const rows = database.prepare("SELECT version, name, sha256 FROM schema_migrations").all();
  return rows
    .map((row) => ({
      version: String(row["version"]),
      name: String(row["name"]),
      sha256: String(row["sha256"]),
    }))
    .toSorted((a, b) => compareVersions(a.version, b.version));
}

/** The change and its row in one transaction: both are there, or neither. */
function change({ do: way, path, migration, sql, at }: Exclude<Task, { do: "list" }>): boolean {
  // With foreign keys on, rebuilding a table would delete the rows that refer to it. They are checked before the commit instead.
  using database = new DatabaseSync(path, { timeout: BUSY_MS, enableForeignKeyConstraints: false });
  database.exec("BEGIN IMMEDIATE");
  try {
    const isChanged = changeInside(database, { way, migration, sql, at });
    database.exec("COMMIT");
    return isChanged;
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

interface Change {
  readonly way: "up" | "down";
  readonly migration: Applied;
  readonly sql: string;
  readonly at: string;
}

/** False when it was done already: an attempt before this one came so far. */
function changeInside(database: DatabaseSync, { way, migration, sql, at }: Change): boolean {
  database.exec(`CREATE TABLE IF NOT EXISTS schema_migrations (
    version TEXT PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, applied_at TEXT NOT NULL)`);
  const row = database
    .prepare("SELECT 1 FROM schema_migrations WHERE version = ?")
    .get(migration.version);
  if ((row !== undefined) === (way === "up")) return false;
  const orphans = countOrphans(database);
  database.exec(sql);
  if (!database.isTransaction) throw endedTransaction(migration);
  if (countOrphans(database) > orphans) throw madeOrphans(migration);
  if (way === "up")
    database
      .prepare(
        "INSERT INTO schema_migrations (version, name, sha256, applied_at) VALUES (?, ?, ?, ?)",
      )
      .run(migration.version, migration.name, migration.sha256, at);
  else database.prepare("DELETE FROM schema_migrations WHERE version = ?").run(migration.version);
  return true;
}

function countOrphans(database: DatabaseSync): number {
  return Number(
    database.prepare("SELECT count(*) AS n FROM pragma_foreign_key_check").get()?.["n"],
  );
}

function endedTransaction({ version, name }: Applied): Fault {
  return new Fault({
    code: "migration-ended-transaction",
    what: `Migration ${version}_${name} ended the transaction that it runs in, so that part of it may be applied without being written down.`,
    fix: "Take COMMIT and ROLLBACK out of the file, and look at the database before you go on.",
  });
}

function madeOrphans({ version, name }: Applied): Fault {
  return new Fault({
    code: "migration-breaks-foreign-keys",
    what: `After migration ${version}_${name} rows would refer to rows that are not there. It was not applied.`,
    fix: "Let the migration move or delete the rows that refer to what it takes away.",
  });
}

function refused(task: Task, error: Error): Fault {
  const what =
    task.do === "list"
      ? `read ${task.path}`
      : `apply ${task.migration.version}_${task.migration.name} (${task.do}) to ${task.path}`;
  return new Fault({
    code: "migration-refused",
    what: `SQLite can't ${what}: ${error.message}.`,
    fix:
      task.do === "list"
        ? "See that it is a SQLite database that this user may read."
        : "Nothing of this file was applied. Mend the SQL, and run again.",
  });
}
