import { readdirSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
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
  const { each, upTo } = database.read(appliedIn);
  return needed.filter((name) => {
    const version = Number.parseInt(name, 10);
    return !each.has(version) && version > upTo;
  });
}

/** A tool that runs the SQL files keeps a row for each; Alembic keeps the last one alone, which stands for all before it. */
function appliedIn(db: DatabaseSync): {
  readonly each: ReadonlySet<number>;
  readonly upTo: number;
} {
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  const has = (table: string): boolean => tables.some(({ name }) => name === table);
  const rows = has("schema_migrations")
    ? db.prepare("SELECT version FROM schema_migrations").all()
    : [];
  const heads = has("alembic_version")
    ? db.prepare("SELECT version_num FROM alembic_version").all()
    : [];
  return {
    each: new Set(rows.map((row) => Number(row["version"]))),
    upTo: Math.max(0, ...heads.map((row) => Number(row["version_num"]))),
  };
}
