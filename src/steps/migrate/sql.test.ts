import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../model/json.ts";
import {
  fakePreparation,
  fakeWork,
  type FakeWork,
  type Given,
} from "../../../test/rig/fake-work.ts";
import { backup } from "../backup/index.ts";
import { migrate } from "./index.ts";
import { postgresBase } from "./postgres/base.ts";
import type { PostgresWork } from "./postgres/psql.ts";
import { restoredAfterUs } from "./safety.ts";

const FILES = {
  "0001_marks.up.sql": "CREATE TABLE marks (id INTEGER PRIMARY KEY, mark REAL);",
  "0001_marks.down.sql": "DROP TABLE marks;",
  "0002_names.up.sql":
    "ALTER TABLE marks ADD COLUMN name TEXT; INSERT INTO marks (name) VALUES ('Ada');",
  "0002_names.down.sql": "DELETE FROM marks; ALTER TABLE marks DROP COLUMN name;",
};
const ONE_WAY = { "0003_split.up.sql": "CREATE TABLE other (x);" };
const SPEC = { sql: "migrations", sqlite: "grades.db", no_backup: "this is a test" };

type Files = Readonly<Record<string, string>>;

/** A Work whose project has these migrations. */
async function migrations(files: Files, given: Given = {}): Promise<FakeWork> {
  const fake = await fakeWork(migrate, { ...given, spec: { ...SPEC, ...(given.spec as object) } });
  await put(fake, files);
  return fake;
}

async function put({ work }: FakeWork, files: Files): Promise<void> {
  const folder = join(work.project, "migrations");
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
}

/** The same project a moment later: another attempt, or another phase, with what was noted. */
async function later(fake: FakeWork, given: Given = {}): Promise<FakeWork> {
  const facts = { ...fake.work.facts, ...given.facts };
  return fakeWork(migrate, {
    attempt: 2,
    ...given,
    spec: { ...SPEC, ...(given.spec as object) },
    folder: fake.folder,
    facts,
  });
}

const run = ({ work }: FakeWork) => migrate.run(work);
const undo = async ({ work }: FakeWork) => migrate.undo?.(work);
const probe = async ({ work }: FakeWork) => migrate.probe?.(work);

function ask({ work }: FakeWork, sql: string): unknown[] {
  using database = new DatabaseSync(join(work.project, "grades.db"));
  return database
    .prepare(sql)
    .all()
    .map((row) => Object.values(row)[0]);
}

const applied = (fake: FakeWork) =>
  ask(fake, "SELECT version FROM schema_migrations ORDER BY version");
const tables = (fake: FakeWork) =>
  ask(
    fake,
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'schema_migrations' ORDER BY name",
  );

test("applies what is pending, in order, and proves that nothing is left", async () => {
  await using fake = await migrations(FILES);

  const result = await run(fake);

  expect(result).toMatchObject({
    outcome: "passed",
    facts: { applied: ["0001", "0002"], version: "0002" },
    numbers: { pending: 0 },
  });
  expect(applied(fake)).toEqual(["0001", "0002"]);
  expect(fake.notes).toEqual([
    { database: join(fake.work.project, "grades.db"), before: [], changes_data: true },
  ]);
  expect(fake.kept.get("migrate.log")).toContain("0002_names: applied");
});

test("applies only what is new, and nothing when all is applied", async () => {
  await using first = await migrations({
    "0001_marks.up.sql": FILES["0001_marks.up.sql"],
    "0001_marks.down.sql": "",
  });
  await run(first);
  await put(first, FILES);
  await using second = await later(first, { facts: { before: ["0001"] } });

  expect(await run(second)).toMatchObject({ facts: { applied: ["0002"] } });
  await using third = await later(second);
  expect(await run(third)).toMatchObject({
    outcome: "passed",
    summary: "nothing pending; 2 applied, up to 0002_names",
  });
});

test("a second attempt goes on where a crash ended the first, and still knows what was there before", async () => {
  await using fake = await migrations(FILES);
  await using crashed = await fakeWork(migrate, { spec: SPEC, folder: fake.folder });
  await rm(join(fake.work.project, "migrations", "0002_names.up.sql"));
  await rm(join(fake.work.project, "migrations", "0002_names.down.sql"));
  await run(crashed);
  await put(fake, FILES);
  await using again = await later(crashed);

  expect(await run(again)).toMatchObject({ outcome: "passed", facts: { applied: ["0002"] } });
  expect(again.work.facts["before"]).toEqual([]);
  expect(await undo(again)).toMatchObject({ outcome: "passed" });
  expect(tables(fake)).toEqual([]);
});

test("two at once apply each migration once", async () => {
  await using fake = await migrations(FILES);
  await using other = await fakeWork(migrate, { spec: SPEC, folder: fake.folder, run: "42" });

  const results = await Promise.all([run(fake), run(other)]);

  expect(results).toMatchObject([{ outcome: "passed" }, { outcome: "passed" }]);
  expect(ask(fake, "SELECT name FROM marks")).toEqual(["Ada"]);
});

test("a file that fails leaves nothing of itself, and everything before it", async () => {
  await using fake = await migrations({
    ...FILES,
    "0002_names.up.sql": "CREATE TABLE half (x); INSERT INTO no_such_table VALUES (1);",
  });

  const result = await run(fake);

  expect(result).toMatchObject({ outcome: "failed", failure: { code: "migration-refused" } });
  expect(result.failure?.what).toContain("0002_names (up)");
  expect(tables(fake)).toEqual(["marks"]);
  expect(applied(fake)).toEqual(["0001"]);
  expect(fake.kept.get("migrate.log")).toMatch(/0001_marks: applied\n0002_names: not applied/);
  expect(result.facts).toEqual({ changes_data: true });
});

test("says before the first file that data may change, and takes it back when nothing stayed", async () => {
  await using fake = await migrations({
    ...FILES,
    "0001_marks.up.sql": "INSERT INTO no_such_table VALUES (1);",
  });

  const result = await run(fake);

  expect(result).toMatchObject({ outcome: "failed", facts: { changes_data: false } });
  // What a crash in between would have left.
  expect(fake.work.facts["changes_data"]).toBe(true);
});

test.each<[string, Files, string]>([
  [
    "an applied file that was edited",
    { "0001_marks.up.sql": "CREATE TABLE marks (id);" },
    "migration-edited",
  ],
  [
    "a file with a number before an applied one",
    { "0000_early.up.sql": "SELECT 1;", "0000_early.down.sql": "" },
    "migration-out-of-order",
  ],
])("refuses %s", async (_, files, code) => {
  await using fake = await migrations(FILES);
  await run(fake);
  await put(fake, files);
  await using again = await later(fake);

  await expect(run(again)).rejects.toMatchObject({ failure: { code } });
});

test("refuses a database that is ahead of the release, unless the plan allows it", async () => {
  await using fake = await migrations(FILES);
  await run(fake);
  for (const name of await readdir(join(fake.work.project, "migrations")))
    if (name.startsWith("0002")) await rm(join(fake.work.project, "migrations", name));
  await using strict = await later(fake);
  await using lenient = await later(fake, { spec: { ahead: "allow" } });

  await expect(run(strict)).rejects.toMatchObject({ failure: { code: "database-ahead" } });
  expect(await run(lenient)).toMatchObject({ outcome: "passed" });
});

test.each<[string, Files, RegExp]>([
  ["a gap", { "0001_a.up.sql": "", "0003_c.up.sql": "" }, /between 0001 and 0003/],
  ["a number used twice", { "0001_a.up.sql": "", "0001_b.up.sql": "" }, /0001 is used twice/],
  ["the same number in other digits", { "0001_a.up.sql": "", "01_b.up.sql": "" }, /same number/],
  ["a down without an up", { "0001_a.down.sql": "" }, /no up file/],
  [
    "a name that means nothing",
    { "0001_a.up.sql": "", "notes.sql": "" },
    /notes\.sql is not named/,
  ],
  [
    "a file that commits by itself",
    { "0001_a.up.sql": "CREATE TABLE a (x);\nCOMMIT;" },
    /begins or ends a transaction/,
  ],
  ["nothing", {}, /no NNNN_name/],
])("refuses %s", async (_, files, why) => {
  await using fake = await migrations(files);

  await expect(run(fake)).rejects.toThrow(why);
});

test("refuses a folder that is not there", async () => {
  await using fake = await fakeWork(migrate, { spec: SPEC });

  await expect(run(fake)).rejects.toMatchObject({ failure: { code: "migrations-missing" } });
});

test("lets a trigger have its own BEGIN and END", async () => {
  const trigger =
    "CREATE TABLE a (x); CREATE TRIGGER t AFTER INSERT ON a\nBEGIN\n  DELETE FROM a WHERE x = 0;\nEND;";
  await using fake = await migrations({
    "0001_a.up.sql": trigger,
    "0001_a.down.sql": "DROP TABLE a;",
  });

  expect(await run(fake)).toMatchObject({ outcome: "passed" });
});

test("rebuilding a table keeps the rows that refer to it, and one that would orphan them is not applied", async () => {
  await using fake = await migrations({
    "0001_a.up.sql":
      "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p ON DELETE CASCADE); INSERT INTO p VALUES (1); INSERT INTO c VALUES (1);",
    "0001_a.down.sql": "DROP TABLE c; DROP TABLE p;",
    "0002_b.up.sql":
      "CREATE TABLE q (id INTEGER PRIMARY KEY, y); INSERT INTO q SELECT id, 0 FROM p; DROP TABLE p; ALTER TABLE q RENAME TO p;",
    "0002_b.down.sql": "",
    "0003_c.up.sql": "DELETE FROM p;",
    "0003_c.down.sql": "",
  });

  expect(await run(fake)).toMatchObject({
    outcome: "failed",
    failure: { code: "migration-breaks-foreign-keys" },
  });
  expect(ask(fake, "SELECT count(*) FROM c")).toEqual([1]);
  expect(applied(fake)).toEqual(["0001", "0002"]);
});

test("refuses to begin when a pending migration has no way back", async () => {
  await using fake = await migrations({ ...FILES, ...ONE_WAY });

  const result = await run(fake);

  expect(result).toMatchObject({ outcome: "failed", failure: { code: "migration-one-way" } });
  expect(result.failure?.what).toContain("0003 has no down file");
  expect(await readdir(fake.work.project)).toEqual(["migrations"]);
});

test("refuses to begin when no backup was made in this run", async () => {
  await using fake = await migrations(FILES, {
    spec: { no_backup: undefined },
    steps: [{ id: "copy", kind: "backup" }],
  });

  expect(await run(fake)).toMatchObject({
    outcome: "failed",
    failure: { code: "migration-without-backup" },
  });
});

test("a migration that the release before can live with stays applied", async () => {
  const one_way = "0003 only adds a table";
  await using fake = await migrations({ ...FILES, ...ONE_WAY }, { spec: { one_way } });

  expect(await run(fake)).toMatchObject({ outcome: "passed" });
  const spec = fake.work.spec;
  expect(migrate.abilities(spec).undo).toBe(false);
  expect(migrate.describeUndo?.(spec)).toContain(one_way);
});

test("takes back what this run applied, newest first, and nothing older", async () => {
  await using first = await migrations({
    "0001_marks.up.sql": FILES["0001_marks.up.sql"],
    "0001_marks.down.sql": FILES["0001_marks.down.sql"],
  });
  await run(first);
  await put(first, FILES);
  await using second = await fakeWork(migrate, { spec: SPEC, folder: first.folder, run: "42" });
  await run(second);

  expect(await probe(second)).toMatchObject({ outcome: "passed" });
  expect(await undo(second)).toMatchObject({
    outcome: "passed",
    summary: "0002_names: taken back",
  });
  expect(applied(second)).toEqual(["0001"]);
  expect(ask(second, "SELECT name FROM pragma_table_info('marks')")).toEqual(["id", "mark"]);
});

test("taking back twice is taking back once", async () => {
  await using fake = await migrations(FILES);
  await run(fake);

  expect([await undo(fake), await undo(fake)]).toMatchObject([
    { outcome: "passed" },
    { outcome: "passed", summary: "nothing was applied" },
  ]);
});

test("takes nothing back when nothing was done", async () => {
  await using fake = await migrations(FILES);

  expect(await probe(fake)).toMatchObject({ outcome: "passed" });
  expect(await undo(fake)).toMatchObject({ outcome: "passed" });
  expect(await readdir(fake.work.project)).toEqual(["migrations"]);
});

test("restores the backup when a migration has no down file", async () => {
  await using fake = await migrations({
    "0001_marks.up.sql": FILES["0001_marks.up.sql"],
    "0001_marks.down.sql": "",
  });
  await run(fake);
  await using copy = await fakeWork(backup, { spec: { sqlite: "grades.db" }, folder: fake.folder });
  const copied: Record<string, Json> = { ...(await backup.run(copy.work)).facts };
  await put(fake, { ...FILES, "0003_drop.up.sql": "DROP TABLE marks;" });
  const given = { spec: { restore_from: "copy" }, factsOf: { copy: copied }, run: "42" };
  await using migrated = await fakeWork(migrate, {
    ...given,
    spec: { ...SPEC, restore_from: "copy" },
    folder: fake.folder,
  });
  await run(migrated);
  expect(tables(fake)).toEqual([]);

  expect(await probe(migrated)).toMatchObject({ outcome: "passed" });
  expect(await undo(migrated)).toMatchObject({ outcome: "passed" });

  expect(tables(fake)).toEqual(["marks"]);
  expect(applied(fake)).toEqual(["0001"]);
});

test("leaves a migration without a down file to a backup step that is put back anyway", async () => {
  await using empty = await migrations({});
  const facts = { database: join(empty.work.project, "grades.db"), missing: true };
  const abilities = { undo: true, evidence: false, prove: false, accept: false };
  const steps = [{ id: "copy", kind: "backup", abilities }];
  const given = { spec: SPEC, folder: empty.folder, steps, factsOf: { copy: facts } };
  await put(empty, { ...FILES, ...ONE_WAY });
  await using fake = await fakeWork(migrate, given);

  expect(await run(fake)).toMatchObject({ outcome: "passed" });
  expect(await probe(fake)).toMatchObject({ outcome: "passed" });
  expect((await undo(fake))?.summary).toContain("left to copy");
  await using other = await fakeWork(migrate, {
    ...given,
    facts: { before: [] },
    factsOf: { copy: { ...facts, database: "/other.db" } },
  });
  expect(await undo(other)).toMatchObject({
    outcome: "failed",
    failure: { code: "migration-one-way" },
  });
});

describe("which backup step puts the data of a migration back, later in the same rollback", () => {
  const POSTGRES = { in: "stack/db", database: "shop", user: "app" };
  const NAME = "PostgreSQL database shop in stack/db";
  const abilities = { undo: true, evidence: false, prove: false, accept: false };
  const copy = { id: "copy", kind: "backup", abilities };

  /** What is left to a backup step, when its facts say that it copied this database. */
  async function leftTo(postgres: unknown, database: string, given: Given = {}) {
    const spec = { sql: "m", postgres, no_backup: "this is a test", ...(given.spec as object) };
    const factsOf = { copy: { database, missing: true } };
    await using fake = await fakeWork(migrate, { steps: [copy], factsOf, ...given, spec });
    const work = fake.work as unknown as PostgresWork;
    return restoredAfterUs(work, postgresBase(work).name);
  }

  test.each<[string, unknown, string, string | undefined]>([
    ["the same PostgreSQL database", POSTGRES, NAME, "copy"],
    ["the same by its own address there", { ...POSTGRES, host: "127.0.0.1" }, NAME, "copy"],
    ["the same by its socket", { ...POSTGRES, host: "/tmp" }, NAME, "copy"],
    ["another one of the same server", { ...POSTGRES, database: "other" }, NAME, undefined],
    ["one of another part", { ...POSTGRES, in: "stack/old" }, NAME, undefined],
    ["one of another server, asked from there", { ...POSTGRES, host: "db2" }, NAME, undefined],
    ["one of another port", { ...POSTGRES, port: 5433 }, NAME, undefined],
    ["the same by URL", "postgres://app:x@db/shop", "PostgreSQL database shop on db", "copy"],
    [
      "another port by URL",
      "postgres://app:x@db:6000/shop",
      "PostgreSQL database shop on db",
      undefined,
    ],
    ["MySQL of the same name", POSTGRES, "MySQL database shop in stack/db", undefined],
  ])("%s", async (_, postgres, database, expected) => {
    expect(await leftTo(postgres, database)).toBe(expected);
  });

  test("one that is named, whatever it calls the database", async () => {
    const spec = { restore_from: "copy" };
    expect(await leftTo(POSTGRES, "MySQL database shop on db", { spec })).toBe("copy");
  });

  test.each<[string, Given]>([
    [
      "one that puts nothing back",
      { steps: [{ ...copy, abilities: { ...abilities, undo: false } }] },
    ],
    ["one behind it, which copied what was changed", { steps: [], stepsAfter: [copy] }],
    ["one that came to nothing", { factsOf: {} }],
    ["another one than the named", { spec: { restore_from: "elsewhere" } }],
  ])("not %s", async (_, given) => {
    expect(await leftTo(POSTGRES, NAME, given)).toBeUndefined();
  });
});

test("does not put a backup back that its own step puts back anyway", async () => {
  await using empty = await migrations({ ...FILES, ...ONE_WAY });
  const facts = { database: join(empty.work.project, "grades.db"), missing: true };
  const abilities = { undo: true, evidence: false, prove: false, accept: false };
  await using fake = await fakeWork(migrate, {
    spec: { ...SPEC, restore_from: "copy" },
    folder: empty.folder,
    steps: [{ id: "copy", kind: "backup", abilities }],
    factsOf: { copy: facts },
  });
  await run(fake);

  expect((await undo(fake))?.summary).toContain("left to copy");
  expect(applied(fake)).toEqual(["0001", "0002", "0003"]);
});

test("says that there is no way back when the backup is gone, before anything is taken back", async () => {
  await using fake = await migrations(
    { ...FILES, ...ONE_WAY },
    { spec: { restore_from: "copy" }, factsOf: { copy: { database: "/x", missing: true } } },
  );
  await run(fake);
  await using after = await later(fake, {
    spec: { restore_from: "copy" },
    factsOf: { copy: { database: "/x", path: "/no/where", sha256: "0" } },
  });

  await expect(probe(after)).rejects.toMatchObject({ failure: { code: "backup-gone" } });
});

const parsed = (spec: unknown) => migrate.spec.parse(spec) as JsonObject;
const tool = { status: ["t", "status"], up: ["t", "up"], pending: "pending" };

test.each<[string, unknown, string[], string[]]>([
  ["a migration without a backup before it", { sql: "m", sqlite: "a.db" }, [], ["blame-step"]],
  [
    "a backup that is not there",
    { sql: "m", sqlite: "a.db", restore_from: "kopy" },
    ["copy"],
    ["blame-restore_from"],
  ],
  ["a tool without a way back", { tool }, ["copy"], ["blame-tool"]],
  [
    "folders that lead out",
    { sql: "../m", sqlite: "../a.db" },
    ["copy"],
    ["blame-sql", "blame-sqlite"],
  ],
  ["nothing when all is well", { sql: "m", sqlite: "a.db", restore_from: "copy" }, ["copy"], []],
  [
    "nothing when the plan says why not",
    { sql: "m", sqlite: "a.db", no_backup: "it holds nothing yet" },
    [],
    [],
  ],
])("validate refuses %s", (_, spec, backups, blamed) => {
  const before = backups.map((id) => ({ id, kind: "backup" }));

  const prepared = migrate.prepare?.(parsed(spec), fakePreparation({ before }));

  expect(prepared?.diagnostics.map(({ code }) => code)).toEqual(blamed);
});

test("looks for the files in the nearest checkout", () => {
  const before = [{ id: "source", kind: "checkout" }];

  const prepared = migrate.prepare?.(
    parsed({ sql: "db", sqlite: "a.db", no_backup: "it is only a test" }),
    fakePreparation({ before }),
  );

  expect(prepared?.spec).toMatchObject({ sql: "${steps.source.path}/db", sqlite: "a.db" });
});

test.each([
  [{ sql: "m" }],
  [{ sqlite: "a.db" }],
  [{ tool, sqlite: "a.db" }],
  [{ tool, sql: "m", sqlite: "a.db" }],
  [{ sql: "m", sqlite: "a.db", no_backup: "no" }],
  [{ sql: "m", sqlite: "a.db", one_way: "it only adds", restore_from: "copy" }],
])("does not read %j", (spec) => {
  expect(migrate.spec.safeParse(spec).success).toBe(false);
});
