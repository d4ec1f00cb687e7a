import { fileURLToPath } from "node:url";
import { openDatabase } from "./data/open.ts";
import { migrateDown, migrateUp, migrationStatus } from "./data/migrate.ts";
import { readSettings } from "./settings.ts";

// Migrations on PostgreSQL, for whoever deploys: `status`, `up`, or `down`, which takes back what the last `up` applied.
const COMMANDS = { status: migrationStatus, up: migrateUp, down: migrateDown };

const settings = readSettings(process.env, fileURLToPath(new URL("..", import.meta.url)));
if (settings.databaseUrl === undefined)
  throw new Error("Set DATABASE_URL. The SQLite file is migrated by the deploy tool itself.");
const command = Object.entries(COMMANDS).find(([name]) => name === process.argv[2])?.[1];
if (!command) throw new Error(`Say which: ${Object.keys(COMMANDS).join(", ")}.`);
const database = await openDatabase(settings);
try {
  for (const line of await command(database)) process.stdout.write(`${line}\n`);
} finally {
  await database.close();
}
