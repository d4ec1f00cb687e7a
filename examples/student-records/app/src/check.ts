import { readdirSync } from "node:fs";
import { MIGRATIONS, neededMigrations } from "./data/migrations.ts";
import { ROUTES } from "./routes.ts";

// The build of an application that runs from source: loads every module, so that a broken release is found before it is deployed.
const migrations = neededMigrations(MIGRATIONS);
const files = new Set(readdirSync(MIGRATIONS));
const oneWay = migrations.filter((name) => !files.has(`${name}.down.sql`));
if (oneWay.length > 0) throw new Error(`These migrations have no way back: ${oneWay.join(", ")}.`);

process.stdout.write(`${ROUTES.length} end points, ${migrations.length} migrations.\n`);
