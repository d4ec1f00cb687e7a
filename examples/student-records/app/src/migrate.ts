import { fileURLToPath } from "node:url";
import { migrateUp, statusOf, takeBack } from "./data/apply.ts";
import { MIGRATIONS } from "./data/migrations.ts";
import { readSettings } from "./settings.ts";

// `node src/migrate.ts status|up|down`, for who deploys: what is applied, apply the rest, take back what the last `up` applied.
const { database } = readSettings(process.env, fileURLToPath(new URL("..", import.meta.url)));
const deeds: Readonly<Record<string, () => readonly string[]>> = {
  status: () => statusOf(database, MIGRATIONS),
  up: () => migrateUp(database, MIGRATIONS, new Date().toISOString()),
  down: () => takeBack(database, MIGRATIONS),
};
const [, , wanted = ""] = process.argv;
const deed = deeds[wanted];
if (deed === undefined) throw new Error("Say status, up or down.");
process.stdout.write([...deed(), ""].join("\n"));
