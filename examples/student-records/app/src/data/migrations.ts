import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Database } from "./database.ts";

/** The folder of this release's migrations: `NNNN_name.up.sql` and `NNNN_name.down.sql`. */
export const MIGRATIONS = fileURLToPath(new URL("../../migrations", import.meta.url));

/** Names of the migrations that a release needs, in order. */
export function neededMigrations(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".up.sql"))
    .map((file) => file.slice(0, -".up.sql".length))
    .toSorted();
}

/** Those of the needed ones that were not applied. More may have been applied: a newer release runs beside this one. */
export function pendingMigrations(
  database: Database,
  needed: readonly string[],
): readonly string[] {
  const applied = database.read((db) => {
    const table = db
      .prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migrations'")
      .get();
    return table ? db.prepare("SELECT version FROM schema_migrations").all() : [];
  });
  const versions = new Set(applied.map((row) => Number(row["version"])));
  return needed.filter((name) => !versions.has(Number.parseInt(name, 10)));
}
