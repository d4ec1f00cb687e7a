import { fileURLToPath } from "node:url";
import { openDatabase } from "./data/open.ts";
import { readSettings } from "./settings.ts";

const settings = readSettings(process.env, fileURLToPath(new URL("..", import.meta.url)));
const database = await openDatabase(settings);
const reset = process.argv.includes("--reset");

// For the people who run the application: takes away every lock; with --reset, graded copies are READY again too.
const { locks, copies } = await database.write(async (db) => {
  const unlocked = await db.run("DELETE FROM locks");
  if (!reset) return { locks: unlocked, copies: 0 };
  await db.run("DELETE FROM annotations");
  await db.run("DELETE FROM final_pdfs");
  return {
    locks: unlocked,
    copies: await db.run("UPDATE copies SET graded_at = NULL WHERE graded_at IS NOT NULL"),
  };
});
await database.close();
process.stdout.write(`${locks} locks taken away, ${copies} graded copies put back to READY.\n`);
