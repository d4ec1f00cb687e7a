import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { neededMigrations } from "./migrations.ts";

/** A line for each migration: `0001_init: applied`, or `pending`. A database that is not there has none of them. */
export function statusOf(database: string, folder: string): readonly string[] {
  const needed = neededMigrations(folder);
  if (!existsSync(database)) return needed.map((name) => `${name}: pending`);
  using db = open(database);
  const applied = new Set(appliedIn(db).map(({ version }) => version));
  return needed.map((name) => `${name}: ${applied.has(versionOf(name)) ? "applied" : "pending"}`);
}

/** Applies what is pending, each migration together with its row. Makes the database. */
export function migrateUp(database: string, folder: string, now: string): readonly string[] {
  using db = open(database);
  db.exec(`PRAGMA journal_mode = WAL;
    CREATE TABLE IF NOT EXISTS schema_migrations (
      version TEXT PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, applied_at TEXT NOT NULL)`);
  const applied = new Set(appliedIn(db).map(({ version }) => version));
  const pending = neededMigrations(folder).filter((name) => !applied.has(versionOf(name)));
  for (const name of pending) {
    const sql = readFileSync(join(folder, `${name}.up.sql`), "utf8");
    const sha256 = createHash("sha256").update(sql).digest("hex");
    together(db, () => {
      db.exec(sql);
      db.prepare(
        "INSERT INTO schema_migrations (version, name, sha256, applied_at) VALUES (?, ?, ?, ?)",
      ).run(versionOf(name), name, sha256, now);
    });
  }
  return pending.map((name) => `${name} applied`);
}

/** Takes back what was applied last, all that one `up` applied, newest first. */
export function takeBack(database: string, folder: string): readonly string[] {
  if (!existsSync(database)) return [];
  using db = open(database);
  const applied = appliedIn(db);
  const last = applied.at(-1)?.appliedAt;
  const back = applied.filter(({ appliedAt }) => appliedAt === last).toReversed();
  for (const { version, name } of back) {
    const sql = readFileSync(join(folder, `${name}.down.sql`), "utf8");
    together(db, () => {
      db.exec(sql);
      db.prepare("DELETE FROM schema_migrations WHERE version = ?").run(version);
    });
  }
  return back.map(({ name }) => `${name} taken back`);
}

interface Applied {
  readonly version: string;
  readonly name: string;
  readonly appliedAt: string;
}

function open(path: string): DatabaseSync {
  return new DatabaseSync(path, { timeout: 5000 });
}

/** In the order of their numbers. */
function appliedIn(db: DatabaseSync): readonly Applied[] {
  const table = db
    .prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migrations'")
    .get();
  const rows = table ? db.prepare("SELECT * FROM schema_migrations ORDER BY version").all() : [];
  return rows.map((row) => ({
    version: String(row["version"]),
    name: String(row["name"]),
    appliedAt: String(row["applied_at"]),
  }));
}

function together(db: DatabaseSync, work: () => void): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    work();
    db.exec("COMMIT");
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

function versionOf(name: string): string {
  return name.slice(0, 4);
}
