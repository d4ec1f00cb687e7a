import assert from "node:assert/strict";
import { migrationsFor, neededMigrations, pendingMigrations } from "../src/data/migrations.ts";
import { bytesOf, numberOf } from "../src/data/rows.ts";
import { seed } from "../src/seeding/seed.ts";
import { tidy } from "../src/tidy.ts";
import { PASSWORD, readMigration } from "./rig.ts";
import { tellOnEach } from "./tell.ts";

tellOnEach("a transaction that fails leaves nothing behind", async (database) => {
  await assert.rejects(
    database.write(async (db) => {
      await db.run("INSERT INTO exams VALUES ('one', 'One', '2026-01-01')");
      throw new Error("on purpose");
    }),
    /on purpose/,
  );
  assert.equal(await database.read((db) => db.get("SELECT 1 FROM exams")), undefined);
});

tellOnEach("numbers, texts and bytes come back as they went in", async (database) => {
  const bytes = Buffer.from([0, 1, 39, 63, 92, 255]);
  const now = Date.UTC(2026, 5, 15, 12, 0, 0, 123);
  await database.write(async (db) => {
    await db.run("INSERT INTO exams VALUES ('e', ?, '2026-01-01')", "What? $1 'é'");
    await db.run("INSERT INTO copies (id, exam_id, anonymous_id) VALUES ('c', 'e', 'A-1')");
    await db.run("INSERT INTO final_pdfs VALUES ('c', ?, ?)", bytes, now);
  });
  const row = await database.read((db) =>
    db.get("SELECT name, pdf, drawn_at FROM exams, final_pdfs WHERE copy_id = ?", "c"),
  );
  assert.deepEqual(Buffer.from(bytesOf(row ?? {}, "pdf")), bytes);
  assert.equal(numberOf(row ?? {}, "drawn_at"), now);
  assert.equal(row?.["name"], "What? $1 'é'");
});

tellOnEach("seeding a second time does nothing", async (database) => {
  const world = { password: PASSWORD, now: Date.now };
  assert.equal((await seed(database, world)).length, 3);
  assert.deepEqual(await seed(database, world), []);
});

tellOnEach("tidying forgets what ran out, and that alone", async (database) => {
  await seed(database, { password: PASSWORD, now: Date.now });
  await database.write((db) => db.run("INSERT INTO sessions SELECT 'old', id, 'x', 5 FROM users"));
  assert.deepEqual(await tidy(database, 4), { locks: 0, sessions: 0 });
  assert.deepEqual(await tidy(database, 5), { locks: 0, sessions: 1 });
});

tellOnEach("every migration can be taken back, and applied again", async (database) => {
  const names = neededMigrations(migrationsFor(database));
  for (const name of names.toReversed())
    await database.script(readMigration(database, name, "down"));
  for (const name of names) await database.script(readMigration(database, name, "up"));
  assert.deepEqual(await pendingMigrations(database), []);
});
