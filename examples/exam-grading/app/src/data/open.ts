import type { Settings } from "../settings.ts";
import type { Database } from "./database.ts";
import { loadPostgresLibrary } from "./postgres-library.ts";
import { openPostgres } from "./postgres.ts";
import { openSqlite } from "./sqlite.ts";

/** Opens the database that the settings name. */
export async function openDatabase(
  settings: Pick<Settings, "database" | "databaseUrl">,
): Promise<Database> {
  return settings.databaseUrl === undefined
    ? openSqlite(settings.database)
    : openPostgres(await loadPostgresLibrary(), settings.databaseUrl);
}
