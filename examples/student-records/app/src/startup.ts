import { MIGRATIONS, neededMigrations, pendingMigrations } from "./data/migrations.ts";
import type { World } from "./world.ts";

/** Says how the start went. Whoever deploys looks for these lines. */
export function sayStarted({ database, log, settings }: World, port: number | undefined): void {
  const needed = neededMigrations(MIGRATIONS);
  const pending = pendingMigrations(database, needed);
  if (pending.length > 0) log.warning("Migrations are missing", { pending: pending.join(" ") });
  else log.info("Database is ready", { migrations: needed.length });
  log.info("Application startup complete", { version: settings.release });
  log.info(`Serving on ${settings.host}:${port}`);
}
