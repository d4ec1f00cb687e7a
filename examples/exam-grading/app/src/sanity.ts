import { fileURLToPath } from "node:url";
import { openDatabase } from "./data/open.ts";
import { numberOf, textOf } from "./data/rows.ts";
import { readSettings } from "./settings.ts";

// Looks whether there is something to grade: at least one copy that is READY, and pages on each of them.
const settings = readSettings(process.env, fileURLToPath(new URL("..", import.meta.url)));
const database = await openDatabase(settings);
const copies = await database.read((db) =>
  db.all(
    `SELECT copies.anonymous_id, COUNT(pages.position) AS pages
     FROM copies LEFT JOIN booklets ON booklets.copy_id = copies.id
       LEFT JOIN pages ON pages.booklet_id = booklets.id
     WHERE copies.graded_at IS NULL AND copies.id NOT IN (SELECT copy_id FROM locks WHERE expires_at > ?)
     GROUP BY copies.id, copies.anonymous_id ORDER BY copies.anonymous_id`,
    Date.now(),
  ),
);
await database.close();
for (const copy of copies)
  process.stdout.write(`READY ${textOf(copy, "anonymous_id")} pages=${numberOf(copy, "pages")}\n`);
const empty = copies.filter((copy) => numberOf(copy, "pages") === 0).length;
process.stdout.write(`${copies.length} copies are READY, ${empty} of them without pages.\n`);
process.exitCode = copies.length > 0 && empty === 0 ? 0 : 1;
