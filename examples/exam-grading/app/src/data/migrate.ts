import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Database } from "./database.ts";
import { migrationsFor, neededMigrations, pendingMigrations, versionOf } from "./migrations.ts";
import { numberOf, textOf } from "./rows.ts";

const HISTORY = `CREATE TABLE IF NOT EXISTS schema_migrations (
  version INTEGER PRIMARY KEY, name TEXT NOT NULL, batch INTEGER NOT NULL, applied_at TEXT NOT NULL)`;

/** One line for each migration of this release, and how many are pending. */
export async function migrationStatus(database: Database): Promise<readonly string[]> {
  const needed = neededMigrations(migrationsFor(database));
  const pending = await pendingMigrations(database, needed);
  return [
    ...needed.map((name) => `${name} ${pending.includes(name) ? "pending" : "applied"}`),
    pending.length === 0 ? "Nothing is pending." : `Pending: ${pending.length}.`,
  ];
}

/** Applies what is pending, each migration whole or not at all. */
export async function migrateUp(database: Database): Promise<readonly string[]> {
  await database.script(HISTORY);
  const pending = await pendingMigrations(database);
  const newest = await database.read((db) =>
    db.get("SELECT COALESCE(MAX(batch), 0) AS batch FROM schema_migrations"),
  );
  const batch = (newest ? numberOf(newest, "batch") : 0) + 1;
  for (const name of pending) {
    const at = new Date().toISOString();
    // The history first: of two that migrate at once, the later waits for this row, and then finds it.
    const record = `INSERT INTO schema_migrations VALUES (${versionOf(name)}, '${name}', ${batch}, '${at}');`;
    await database.script(`${record}\n${readSql(database, name, "up")}`);
  }
  return pending.length === 0 ? ["Nothing to apply."] : pending.map((name) => `${name} applied`);
}

/** Takes back what was applied together last, the newest first. */
export async function migrateDown(database: Database): Promise<readonly string[]> {
  const rows = await database.read((db) =>
    db.all(
      `SELECT name FROM schema_migrations
       WHERE batch = (SELECT MAX(batch) FROM schema_migrations) ORDER BY version DESC`,
    ),
  );
  const names = rows.map((row) => textOf(row, "name"));
  for (const name of names) {
    const record = `DELETE FROM schema_migrations WHERE version = ${versionOf(name)};`;
    await database.script(`${record}\n${readSql(database, name, "down")}`);
  }
  return names.length === 0 ? ["Nothing to take back."] : names.map((name) => `${name} taken back`);
}

function readSql(database: Database, name: string, way: "up" | "down"): string {
  return readFileSync(join(migrationsFor(database), `${name}.${way}.sql`), "utf8");
}
