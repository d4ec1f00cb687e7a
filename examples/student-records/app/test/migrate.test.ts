import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { migrateUp, statusOf, takeBack } from "../src/data/apply.ts";
import { MIGRATIONS } from "../src/data/migrations.ts";

function place() {
  const folder = mkdtempSync(join(tmpdir(), "student-records-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const migrations = join(folder, "migrations");
  cpSync(MIGRATIONS, migrations, { recursive: true });
  const add = (name: string, up: string, down: string) => {
    writeFileSync(join(migrations, `${name}.up.sql`), up);
    writeFileSync(join(migrations, `${name}.down.sql`), down);
  };
  return { database: join(folder, "students.db"), migrations, add };
}

test("looking makes no database, and what one `up` applied one `down` takes back", () => {
  const { database, migrations, add } = place();
  expect(statusOf(database, migrations)).toEqual(["0001_init: pending"]);
  expect(existsSync(database)).toBe(false);
  expect(migrateUp(database, migrations, "2026-01-01T00:00:00Z")).toEqual(["0001_init applied"]);
  add("0002_a", "CREATE TABLE a (x TEXT)", "DROP TABLE a");
  add("0003_b", "CREATE TABLE b (x TEXT)", "DROP TABLE b");
  migrateUp(database, migrations, "2026-01-02T00:00:00Z");
  expect(statusOf(database, migrations).join()).not.toContain("pending");
  expect(migrateUp(database, migrations, "2026-01-03T00:00:00Z")).toEqual([]);
  expect(takeBack(database, migrations)).toEqual(["0003_b taken back", "0002_a taken back"]);
  expect(statusOf(database, migrations)).toEqual([
    "0001_init: applied",
    "0002_a: pending",
    "0003_b: pending",
  ]);
});

test("a migration that breaks off leaves nothing of itself", () => {
  const { database, migrations, add } = place();
  migrateUp(database, migrations, "2026-01-01T00:00:00Z");
  add("0002_bad", "CREATE TABLE half (x TEXT); INSERT INTO nowhere VALUES (1)", "DROP TABLE half");
  expect(() => migrateUp(database, migrations, "2026-01-02T00:00:00Z")).toThrow("nowhere");
  expect(statusOf(database, migrations).at(-1)).toBe("0002_bad: pending");
  add("0002_bad", "CREATE TABLE half (x TEXT)", "DROP TABLE half");
  expect(migrateUp(database, migrations, "2026-01-03T00:00:00Z")).toEqual(["0002_bad applied"]);
});
