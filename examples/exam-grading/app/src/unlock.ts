import { fileURLToPath } from "node:url";
import { openDatabase } from "./data/database.ts";
import { readSettings } from "./settings.ts";

const settings = readSettings(process.env, fileURLToPath(new URL("..", import.meta.url)));
const database = openDatabase(settings.database);
const reset = process.argv.includes("--reset");

// For the people who run the application: takes away every lock; with --reset, graded copies are READY again too.
const { locks, copies } = database.write((db) => {
  const unlocked = db.prepare("DELETE FROM locks").run().changes;
  if (!reset) return { locks: unlocked, copies: 0 };
  db.exec("DELETE FROM annotations; DELETE FROM final_pdfs");
  return {
    locks: unlocked,
    copies: db.prepare("UPDATE copies SET graded_at = NULL WHERE graded_at IS NOT NULL").run()
      .changes,
  };
});
database.close();
process.stdout.write(`${locks} locks taken away, ${copies} graded copies put back to READY.\n`);
