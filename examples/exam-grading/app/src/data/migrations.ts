import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Database } from "./database.ts";

/** The folder of this release's migrations for a database: `NNNN_name.up.sql` and `NNNN_name.down.sql`. */
export function migrationsFor(database: Pick<Database, "migrations">): string {
  return fileURLToPath(new URL(`../../${database.migrations}`, import.meta.url));
}

/** Names of the migrations that a release needs, in order. */
export function neededMigrations(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".up.sql"))
    .map((file) => file.slice(0, -".up.sql".length))
    .toSorted();
}

/** Those of the needed ones that were not applied. More may have been applied: a newer release runs beside this one. */
export async function pendingMigrations(
  database: Database,
  needed: readonly string[] = neededMigrations(migrationsFor(database)),
): Promise<readonly string[]> {
  const versions = new Set(await database.applied());
  return needed.filter((name) => !versions.has(versionOf(name)));
}

/** The number that a migration's name begins with. */
export function versionOf(name: string): number {
  return Number.parseInt(name, 10);
}
