import { PDFDocument } from "pdf-lib";
import { expect, test } from "vitest";
import { openDatabase } from "../src/data/database.ts";
import { countCopies } from "../src/exams/copies.ts";
import { drawPage } from "../src/seeding/draw-page.ts";
import { seed } from "../src/seeding/seed.ts";
import { fitsPassword } from "../src/accounts/passwords.ts";
import { databasePath, migrate, tempFolder } from "./rig.ts";

function fresh() {
  const folder = tempFolder();
  migrate(folder.path);
  const database = openDatabase(databasePath(folder.path));
  const ready = (): number => database.read((db) => countCopies(db, 0).READY);
  return {
    database,
    ready,
    seed: (password = "first password") => seed(database, { password, now: () => 0 }),
    [Symbol.dispose]: () => (database.close(), folder[Symbol.dispose]()),
  };
}

test("seeding makes a professor, an exam and twelve copies; the second time nothing", async () => {
  using it = fresh();
  expect(await it.seed()).toEqual([
    "Created the user prof1.",
    'Created the exam "Mathematics, final exam".',
    "Created 12 copies of 2 pages each.",
  ]);
  expect(it.ready()).toBe(12);
  expect(await it.seed()).toEqual([]);
  expect(it.ready()).toBe(12);
});

test("copies that were graded since are replaced, so that there is always something to grade", async () => {
  using it = fresh();
  await it.seed();
  it.database.write((db) =>
    db.exec("UPDATE copies SET graded_at = 1 WHERE anonymous_id IN ('A-003', 'A-012')"),
  );
  expect(await it.seed()).toEqual(["Created 2 copies of 2 pages each."]);
  expect(it.ready()).toBe(12);
});

test("a new password replaces the old one", async () => {
  using it = fresh();
  await it.seed();
  expect(await it.seed("second password")).toEqual(["Changed the password of prof1."]);
  const hash = it.database.read((db) => db.prepare("SELECT password_hash FROM users").get())?.[
    "password_hash"
  ];
  expect(await fitsPassword("second password", String(hash))).toBe(true);
});

test("every page that seeding draws is a PNG that a PDF takes, and the same each time", async () => {
  const pdf = await PDFDocument.create();
  const image = await pdf.embedPng(drawPage(3));
  expect([image.width, image.height]).toEqual([496, 702]);
  expect(drawPage(3)).toEqual(drawPage(3));
  expect(drawPage(3)).not.toEqual(drawPage(4));
});
