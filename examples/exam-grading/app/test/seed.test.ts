import { PDFDocument } from "pdf-lib";
import { expect, test } from "vitest";
import { openSqlite } from "../src/data/sqlite.ts";
import { countCopies } from "../src/exams/copies.ts";
import { drawPage } from "../src/seeding/draw-page.ts";
import { seed } from "../src/seeding/seed.ts";
import { fitsPassword } from "../src/accounts/passwords.ts";
import { databasePath, migrate, tempFolder } from "./rig.ts";

function fresh() {
  const folder = tempFolder();
  migrate(folder.path);
  const database = openSqlite(databasePath(folder.path));
  const ready = async (): Promise<number> =>
    (await database.read((db) => countCopies(db, 0))).READY;
  return {
    database,
    ready,
    seed: (password = "first password", admin?: string) =>
      seed(database, { password, now: () => 0, ...(admin && { admin }) }),
    async [Symbol.asyncDispose]() {
      await database.close();
      folder[Symbol.dispose]();
    },
  };
}

test("seeding makes a professor, an exam and twelve copies; the second time nothing", async () => {
  await using it = fresh();
  expect(await it.seed()).toEqual([
    "Created the user prof1.",
    'Created the exam "Mathematics, final exam".',
    "Created 12 copies of 2 pages each.",
  ]);
  expect(await it.ready()).toBe(12);
  expect(await it.seed()).toEqual([]);
  expect(await it.ready()).toBe(12);
});

test("an administrator is made where a password is given", async () => {
  await using it = fresh();
  await it.seed();
  expect(await it.seed("first password", "admin password")).toEqual(["Created the user admin."]);
  expect(await it.seed("first password", "admin password")).toEqual([]);
});

test("copies that were graded since are replaced, so that there is always something to grade", async () => {
  await using it = fresh();
  await it.seed();
  await it.database.write((db) =>
    db.run("UPDATE copies SET graded_at = 1 WHERE anonymous_id IN ('A-003', 'A-012')"),
  );
  expect(await it.seed()).toEqual(["Created 2 copies of 2 pages each."]);
  expect(await it.ready()).toBe(12);
});

test("a new password replaces the old one", async () => {
  await using it = fresh();
  await it.seed();
  expect(await it.seed("second password")).toEqual(["Changed the password of prof1."]);
  const row = await it.database.read((db) => db.get("SELECT password_hash FROM users"));
  expect(await fitsPassword("second password", String(row?.["password_hash"]))).toBe(true);
});

test("every page that seeding draws is a PNG that a PDF takes, and the same each time", async () => {
  const pdf = await PDFDocument.create();
  const image = await pdf.embedPng(drawPage(3));
  expect([image.width, image.height]).toEqual([496, 702]);
  expect(drawPage(3)).toEqual(drawPage(3));
  expect(drawPage(3)).not.toEqual(drawPage(4));
});
