import { fileURLToPath } from "node:url";
import { openDatabase } from "./data/open.ts";
import { pendingMigrations } from "./data/migrations.ts";
import { seed } from "./seeding/seed.ts";
import { readSettings } from "./settings.ts";

const settings = readSettings(process.env, fileURLToPath(new URL("..", import.meta.url)));
const database = await openDatabase(settings);
try {
  process.stdout.write(`${(await run()).join("\n")}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await database.close();
}

async function run(): Promise<readonly string[]> {
  const pending = await pendingMigrations(database);
  if (pending.length > 0) throw new Error(`Apply the migrations first: ${pending.join(", ")}.`);
  const password = process.env["SMOKE_PASS"];
  if (!password) throw new Error("Set SMOKE_PASS to the password that prof1 shall have.");
  const admin = process.env["ADMIN_PASSWORD"] || undefined;
  const done = await seed(database, { password, now: Date.now, ...(admin && { admin }) });
  return done.length > 0 ? done : ["Nothing to do: everything is there."];
}
