import { mkdir, readdir, readFile, rm, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { sha256File } from "../../lib/digest.ts";
import type { Result } from "../../model/event.ts";
import { fakeWork, type FakeWork, type Given } from "../../../test/rig/fake-work.ts";
import { backup } from "./index.ts";
import { sqlite } from "./sqlite/index.ts";
import { confirm, keptBy } from "./restore.ts";

/** A Work with a database of 100 grades in its project. */
async function grades(
  given: Given = {},
  mode: "wal" | "delete" = "wal",
): Promise<FakeWork & { database: DatabaseSync }> {
  const fake = await fakeWork(backup, {
    ...given,
    spec: { sqlite: "grades.db", ...(given.spec as object) },
  });
  const database = new DatabaseSync(join(fake.work.project, "grades.db"));
  database.exec(`PRAGMA journal_mode = ${mode}`);
  if (given.folder === undefined) {
    database.exec(
      'CREATE TABLE grades (id INTEGER PRIMARY KEY, mark REAL); CREATE TABLE "odd ""name" (x)',
    );
    const insert = database.prepare("INSERT INTO grades (mark) VALUES (?)");
    for (let n = 0; n < 100; n++) insert.run(n / 5);
  }
  return {
    ...fake,
    database,
    [Symbol.asyncDispose]: async () => {
      database.close();
      await fake[Symbol.asyncDispose]();
    },
  };
}

/** A deploy behind the backup that has begun to activate its release, and never said how it ended. */
const BEGUN: Given = {
  stepsAfter: [{ id: "up", kind: "deploy" }],
  factsOf: { up: { changes_data: true } },
};
const run = ({ work }: FakeWork) => backup.run(work);
const placeOf = ({ facts }: Result) => facts?.["path"] as string;
const replacedBy = (result?: Result) => (result?.facts?.["replaced"] ?? []) as readonly string[];
const abilities = (spec: object) =>
  backup.abilities(backup.spec.parse(spec) as Record<string, never>);
const folderOf = ({ work }: FakeWork) => join(work.store, "backups/staging/backup");

function countIn(path: string): number {
  using database = new DatabaseSync(path, { readOnly: true });
  return Number(database.prepare("SELECT count(*) AS n FROM grades").get()?.["n"]);
}

test.each(["wal", "delete"] as const)(
  "copies a database in %s mode while it is in use",
  async (mode) => {
    await using fake = await grades({}, mode);
    if (mode === "wal")
      fake.database.exec("BEGIN IMMEDIATE; INSERT INTO grades (mark) VALUES (20)");

    const result = await run(fake);

    expect(result).toMatchObject({
      outcome: "passed",
      facts: { tables: 2, rows: 100, missing: false },
    });
    expect(countIn(placeOf(result))).toBe(100);
    expect(result.facts).toMatchObject({ ...(await sha256File(placeOf(result))) });
    expect(await readdir(folderOf(fake))).toEqual(["41-1.sqlite"]);
  },
);

test("keeps a report that says what was proven", async () => {
  await using fake = await grades();

  const result = await run(fake);

  const report = fake.kept.get("backup.txt") ?? "";
  expect(report).toContain(result.facts?.["sha256"]);
  expect(report).toMatch(/integrity +ok/);
  expect(report).toMatch(/grades +100/);
});

test("is no backup when the database is damaged", async () => {
  await using fake = await grades({}, "delete");
  fake.database.exec(
    "INSERT INTO grades (mark) SELECT mark FROM grades, (SELECT 1 UNION ALL SELECT 2)",
  );
  for (let n = 0; n < 5; n++)
    fake.database.exec("INSERT INTO grades (mark) SELECT mark FROM grades");
  const path = join(fake.work.project, "grades.db");
  const bytes = await readFile(path);
  bytes.fill(0xab, 4096 * 4, 4096 * 5);
  await writeFile(path, bytes);

  await expect(run(fake)).rejects.toMatchObject({
    failure: { code: expect.stringMatching(/backup-damaged|sqlite-refused/) },
  });
  expect(await readdir(folderOf(fake))).toEqual([]);
});

test("is no backup when it is smaller than the plan allows", async () => {
  await using fake = await grades({ spec: { at_least: "1MB" } });

  await expect(run(fake)).rejects.toMatchObject({ failure: { code: "backup-too-small" } });
  expect(await readdir(folderOf(fake))).toEqual([]);
});

test("is no backup when the file is no database", async () => {
  await using fake = await fakeWork(backup, { spec: { sqlite: "grades.db" } });
  await writeFile(join(fake.work.project, "grades.db"), "not a database".repeat(1000));

  await expect(backup.run(fake.work)).rejects.toMatchObject({
    failure: { code: "sqlite-refused" },
  });
});

test.each([
  ["fail", { outcome: "failed", failure: { code: "backup-source-missing" } }],
  ["skip", { outcome: "passed", facts: { missing: true } }],
])("with if_missing: %s a database that is not there is said", async (if_missing, expected) => {
  await using fake = await fakeWork(backup, { spec: { sqlite: "new.db", if_missing } });

  expect(await backup.run(fake.work)).toMatchObject(expected);
  expect(await readdir(fake.work.project)).toEqual([]);
});

test.each([
  ["fail", { outcome: "inconclusive", failure: { code: "backup-empty" } }],
  ["skip", { outcome: "passed", facts: { tables: 0 } }],
])(
  "with if_missing: %s a database without a table is no backup of data",
  async (if_missing, expected) => {
    await using fake = await fakeWork(backup, { spec: { sqlite: "new.db", if_missing } });
    using database = new DatabaseSync(join(fake.work.project, "new.db"));
    database.exec("CREATE TABLE a (x); DROP TABLE a");

    expect(await run(fake)).toMatchObject(expected);
    expect(await readdir(folderOf(fake))).toHaveLength(if_missing === "skip" ? 1 : 0);
  },
);

test("never overwrites a backup, not even one with the same run number", async () => {
  await using fake = await grades();
  await run(fake);
  await using again = await fakeWork(backup, {
    spec: { sqlite: "grades.db" },
    folder: fake.folder,
  });

  const result = await backup.run(again.work);

  expect(placeOf(result)).toMatch(/41-1\.2\.sqlite$/);
});

test("sweeps up what a crash left, and forgets the oldest backups only", async () => {
  await using fake = await grades({ spec: { keep: 2 } });
  await mkdir(folderOf(fake), { recursive: true });
  for (const [name, age] of [
    ["7-1.sqlite", 4],
    ["99-1.sqlite", 3],
    ["40-1.sqlite", 2],
    ["39-1.sqlite.partial", 1],
  ] as const) {
    await writeFile(join(folderOf(fake), name), "x");
    await utimes(join(folderOf(fake), name), 1_700_000_000 - age, 1_700_000_000 - age);
  }

  await run(fake);

  expect((await readdir(folderOf(fake))).toSorted()).toEqual(["40-1.sqlite", "41-1.sqlite"]);
});

test("refuses a path that climbs out of the project", async () => {
  await using fake = await fakeWork(backup, { spec: { sqlite: "../secret.db" } });

  await expect(backup.run(fake.work)).rejects.toMatchObject({ failure: { code: "path-outside" } });
});

test("can be undone only when the plan wants the data back", () => {
  expect(abilities({ sqlite: "a.db" }).undo).toBe(false);
  expect(abilities({ sqlite: "a.db", restore_on_rollback: true }).undo).toBe(true);
});

test("undoing gives open users their data back, and keeps what was replaced", async () => {
  await using fake = await grades();
  const { facts = {} } = await run(fake);
  fake.database.exec("DELETE FROM grades; CREATE TABLE later (x)");
  await using after = await fakeWork(backup, {
    spec: { sqlite: "grades.db" },
    facts,
    folder: fake.folder,
    ...BEGUN,
  });

  const result = await backup.undo?.(after.work);

  expect(result).toMatchObject({ outcome: "passed" });
  expect(fake.database.prepare("SELECT count(*) AS n FROM grades").get()).toMatchObject({ n: 100 });
  expect(fake.database.prepare("PRAGMA journal_mode").get()).toMatchObject({ journal_mode: "wal" });
  const [replaced = ""] = replacedBy(result);
  expect(replaced).toMatch(/41-replaced\.sqlite$/);
  expect(countIn(replaced)).toBe(0);
  expect(after.notes).toEqual([{ replaced: [replaced] }]);
  for (const told of [result?.summary, result?.warnings?.[0], after.kept.get("backup_undo.txt")])
    expect(told).toContain(replaced);
});

test.each([
  ["no step came after it", {}],
  ["only a command came after it", { stepsAfter: [{ id: "mail", kind: "command" }] }],
  [
    "the deploy never came to activate",
    { stepsAfter: [{ id: "up", kind: "deploy" }], factsOf: { up: { previous: null } } },
  ],
  [
    "a migration found nothing to apply, or nothing of it stayed",
    {
      stepsAfter: [{ id: "migrate", kind: "migrate" }],
      factsOf: { migrate: { before: [], changes_data: false } },
    },
  ],
  [
    "data were migrated before the backup only",
    {
      steps: [{ id: "migrate", kind: "migrate" }],
      factsOf: { migrate: { changes_data: true } },
    },
  ],
])("undoing leaves the data and what customers wrote when %s", async (_, given: Given) => {
  await using fake = await grades();
  const { facts = {} } = await run(fake);
  fake.database.exec("INSERT INTO grades (mark) VALUES (20)");
  await using after = await fakeWork(backup, {
    spec: { sqlite: "grades.db" },
    facts,
    folder: fake.folder,
    ...given,
  });

  expect(await backup.undo?.(after.work)).toEqual({
    outcome: "passed",
    summary: "nothing of this run changed the data; left as it is",
  });
  expect(countIn(join(fake.work.project, "grades.db"))).toBe(101);
  expect(await readdir(folderOf(fake))).toEqual(["41-1.sqlite"]);
});

test("after a crash in the middle of a restore, both files with replaced data are named", async () => {
  await using fake = await grades();
  const { facts = {} } = await run(fake);
  const earlier = join(folderOf(fake), "41-replaced.sqlite");
  await writeFile(earlier, "what the first attempt kept");
  await using after = await fakeWork(backup, {
    spec: { sqlite: "grades.db" },
    facts: { ...facts, replaced: [earlier] },
    attempt: 2,
    folder: fake.folder,
    ...BEGUN,
  });

  const result = await backup.undo?.(after.work);

  const second = join(folderOf(fake), "41-replaced.2.sqlite");
  expect(replacedBy(result)).toEqual([earlier, second]);
  expect(result?.summary).toContain(`${earlier} and ${second}`);
});

test("undoing twice is undoing once", async () => {
  await using fake = await grades();
  const { facts = {} } = await run(fake);
  fake.database.exec("DELETE FROM grades");
  for (const attempt of [1, 2]) {
    await using after = await fakeWork(backup, {
      spec: { sqlite: "grades.db" },
      facts,
      attempt,
      folder: fake.folder,
      ...BEGUN,
    });
    expect(await backup.undo?.(after.work)).toMatchObject({ outcome: "passed" });
  }

  expect(countIn(join(fake.work.project, "grades.db"))).toBe(100);
});

test("undoing takes a database that was not there before out of the way, with what it holds", async () => {
  await using fake = await fakeWork(backup, { spec: { sqlite: "new.db", if_missing: "skip" } });
  const { facts = {} } = await backup.run(fake.work);
  const path = join(fake.work.project, "new.db");
  using database = new DatabaseSync(path);
  database.exec(
    "PRAGMA journal_mode = wal; CREATE TABLE grades (x); INSERT INTO grades VALUES (1)",
  );
  await using after = await fakeWork(backup, {
    spec: { sqlite: "new.db" },
    facts,
    folder: fake.folder,
    ...BEGUN,
  });

  const result = await backup.undo?.(after.work);

  expect(await readdir(fake.work.project)).toEqual([]);
  const [replaced = ""] = replacedBy(result);
  expect(countIn(replaced)).toBe(1);
  expect(result?.warnings?.[0]).toContain(replaced);
});

test("waits for a writer when it restores, and then restores", async () => {
  await using fake = await grades();
  const { facts = {} } = await run(fake);
  fake.database.exec("BEGIN IMMEDIATE; DELETE FROM grades");
  const path = join(fake.work.project, "grades.db");

  const copy = facts["path"] as string;
  const restored = sqlite.restore(copy, path, AbortSignal.timeout(20_000));
  // The thread's own pause between tries is 200 ms, so that it has met the lock by now.
  await new Promise((resolve) => setTimeout(resolve, 300));
  fake.database.exec("COMMIT");

  expect(await restored).toContainEqual({ name: "grades", rows: 100 });
  expect(countIn(path)).toBe(100);
});

test.each([
  ["changed", (path: string) => writeFile(path, "something else"), "backup-changed"],
  ["cut off", (path: string) => truncate(path, 100), "backup-changed"],
  ["gone", (path: string) => rm(path), "backup-gone"],
])("a backup that is %s is seen before anything is restored", async (_, harm, code) => {
  await using fake = await grades();
  const { facts = {} } = await run(fake);
  await harm(facts["path"] as string);
  await using after = await fakeWork(backup, {
    spec: { sqlite: "grades.db" },
    facts,
    folder: fake.folder,
    ...BEGUN,
  });

  await expect(backup.probe?.(after.work)).rejects.toMatchObject({ failure: { code } });
  await expect(backup.undo?.(after.work)).rejects.toMatchObject({ failure: { code } });
  expect(countIn(join(fake.work.project, "grades.db"))).toBe(100);
});

test("a backup that is what it was is confirmed", async () => {
  await using fake = await grades();
  const { facts = {} } = await run(fake);

  const kept = keptBy(facts);
  if (kept.state !== "copied") throw new Error("no copy");
  await confirm(kept, fake.work);
});

test("a step that never came to a backup has nothing to restore", async () => {
  await using fake = await grades({ facts: {}, ...BEGUN });

  expect(await backup.probe?.(fake.work)).toMatchObject({ outcome: "passed" });
  expect(await backup.undo?.(fake.work)).toMatchObject({ outcome: "passed" });
  expect(countIn(join(fake.work.project, "grades.db"))).toBe(100);
});

test("stops when it is told to", async () => {
  await using fake = await grades({ signal: AbortSignal.abort(new Error("cancelled")) });

  await expect(run(fake)).rejects.toThrow("cancelled");
});
