import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { migrate } from "../../src/steps/migrate/index.ts";
import { fakeWork, type FakeWork, type Given } from "../rig/fake-work.ts";
import { plainShell } from "../rig/plain-shell.ts";
import { type OwnPostgres, ownPostgres } from "./rig/own-postgres.ts";

let server: OwnPostgres;
let count = 0;

beforeAll(async () => {
  server = await ownPostgres(23_020);
});
afterAll(() => server[Symbol.asyncDispose]());

const FILES = {
  "V1__marks.sql": "CREATE TABLE marks (id serial PRIMARY KEY, mark real);",
  "U1__marks.sql": "DROP TABLE marks;",
  "V1.10__names.sql": `ALTER TABLE marks ADD COLUMN name text;
CREATE FUNCTION hello() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  RETURN 'a ; semicolon, a \\ backslash and :a_colon';
END $$;
SELECT set_config('search_path', '', false);`,
  "U1.10__names.sql": "DROP FUNCTION hello(); ALTER TABLE marks DROP COLUMN name;",
  "V1.9__notes.sql": "CREATE TABLE notes (id int); INSERT INTO notes VALUES (1);",
  "U1.9__notes.sql": "DROP TABLE notes;",
};
const INDEX = {
  "V2__index.sql": "-- no transaction\nCREATE INDEX CONCURRENTLY marks_mark ON marks (mark);",
  "U2__index.sql": "-- no transaction\nDROP INDEX CONCURRENTLY IF EXISTS marks_mark;",
};

interface Project extends FakeWork {
  readonly database: string;
  put(files: Readonly<Record<string, string>>): Promise<void>;
  later(given?: Given): Promise<FakeWork>;
  sql(text: string): Promise<string>;
}

async function project(
  files: Readonly<Record<string, string>>,
  more: object = {},
): Promise<Project> {
  const database = `sql${++count}`;
  await server.create(database);
  const spec = {
    sql: "migrations",
    postgres: { host: "127.0.0.1", port: server.port, user: "app", database },
    no_backup: "this is only a test",
    ...more,
  };
  const fake = await fakeWork(migrate, { spec, shell: plainShell() });
  const { folder } = fake;
  const put = async (texts: Readonly<Record<string, string>>) => {
    await mkdir(join(folder, "project/migrations"), { recursive: true });
    for (const [name, text] of Object.entries(texts))
      await writeFile(join(folder, "project/migrations", name), text);
  };
  await put(files);
  return {
    ...fake,
    database,
    put,
    sql: (text) => server.sql(database, text),
    later: (given = {}) =>
      fakeWork(migrate, { spec, shell: plainShell(), folder, facts: fake.work.facts, ...given }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

const run = ({ work }: FakeWork) => migrate.run(work);
const undo = async ({ work }: FakeWork) => migrate.undo?.(work);
const applied = "SELECT string_agg(version, ' ' ORDER BY version) FROM seaworthy_migrations";
const tables =
  "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i') AND relname NOT LIKE 'seaworthy%'";

test("applies Flyway's files in the order of their versions, each with its row, and takes them back", async () => {
  await using it = await project(FILES);

  expect(await run(it)).toMatchObject({
    outcome: "passed",
    summary: "applied 1_marks, 1.9_notes, 1.10_names; nothing is left",
    numbers: { applied: 3, pending: 0 },
  });
  expect(await it.sql("SELECT hello()")).toBe("a ; semicolon, a \\ backslash and :a_colon");
  expect(await run(await it.later({ facts: {} }))).toMatchObject({
    outcome: "passed",
    summary: "nothing pending; 3 applied, up to 1.10_names",
  });

  expect(await undo(await it.later({ phase: "undo" }))).toMatchObject({
    outcome: "passed",
    summary: "1.10_names: taken back; 1.9_notes: taken back; 1_marks: taken back",
  });
  expect(await it.sql(tables)).toBe("");
  expect(await it.sql("SELECT count(*) FROM seaworthy_migrations")).toBe("0");
});

test("a failing file leaves nothing of itself, and says which line", async () => {
  await using it = await project({
    ...FILES,
    "V3__bad.sql": "CREATE TABLE half (id int);\n\nINSERT INTO half VALUES ('x');",
    "U3__bad.sql": "DROP TABLE half;",
  });

  const result = await run(it);

  expect(result).toMatchObject({ outcome: "failed", failure: { code: "migration-refused" } });
  expect(result.failure?.what).toContain(
    '3_bad (up), line 3 of its file: ERROR:  invalid input syntax for type integer: "x"',
  );
  expect(await it.sql(applied)).toBe("1 1.10 1.9");
  expect(await it.sql("SELECT to_regclass('half')")).toBe("");
  expect(await undo(await it.later({ phase: "undo" }))).toMatchObject({ outcome: "passed" });
  expect(await it.sql(tables)).toBe("");
});

test.each([
  ["an open quote", "SELECT 'never closed;"],
  ["an open comment", "SELECT 1; /* never closed"],
  ["an open body", "DO $$ BEGIN"],
])("%s swallows no end of a migration", async (_, sql) => {
  await using it = await project({ "V1__x.sql": sql, "U1__x.sql": "SELECT 1;" });

  expect(await run(it)).toMatchObject({
    outcome: "failed",
    failure: { code: "migration-refused" },
  });
  expect(
    await it.sql(
      "SELECT to_regclass('seaworthy_migrations') IS NULL OR NOT EXISTS (SELECT FROM pg_class WHERE relname = 'x')",
    ),
  ).toBe("t");
});

test.each([
  ["commits by itself", { "V1__x.sql": "CREATE TABLE x ();\nCOMMIT;" }, "ends a transaction"],
  ["is psql's, not SQL", { "V1__x.sql": "\\! touch /tmp/never" }, "a command of psql itself"],
  ["can be repeated", { "R__x.sql": "SELECT 1" }, "is a repeatable migration"],
  [
    "is numbered twice",
    { "V1__x.sql": "SELECT 1", "V01__y.sql": "SELECT 1" },
    "are the same number",
  ],
])("refuses a file that %s", async (_, files, words) => {
  await using it = await project(files);

  await expect(run(it)).rejects.toMatchObject({
    failure: { code: "migrations-unusable", what: expect.stringContaining(words) },
  });
});

test("a procedure may commit, and a hidden end of the transaction is found", async () => {
  await using it = await project({
    "V1__x.sql": "CREATE PROCEDURE p() LANGUAGE plpgsql AS $$\nBEGIN\nCOMMIT;\nEND $$;",
    "U1__x.sql": "DROP PROCEDURE p();",
  });
  expect(await run(it)).toMatchObject({ outcome: "passed" });
  await it.put({ "V2__y.sql": "CREATE TABLE y (); SELECT 1; END;", "U2__y.sql": "DROP TABLE y;" });

  const result = await run(await it.later({ facts: {} }));

  expect(result.failure?.what).toContain("the file ended the transaction that it runs in");
});

test("refuses an applied file that was edited", async () => {
  await using it = await project(FILES);
  await run(it);
  await it.put({ "V1.9__notes.sql": "CREATE TABLE notes (id bigint);" });

  await expect(run(await it.later({ facts: {} }))).rejects.toMatchObject({
    failure: { code: "migration-edited", what: expect.stringContaining("1.9_notes") },
  });
});

test("refuses a migration without a way back before anything is applied", async () => {
  await using it = await project({ "V1__x.sql": "CREATE TABLE x ();" });

  expect(await run(it)).toMatchObject({
    outcome: "failed",
    failure: { code: "migration-one-way" },
  });
  expect(await it.sql(tables)).toBe("");
});

test("does not apply again what Flyway has applied", async () => {
  await using it = await project(FILES);
  await it.sql("CREATE TABLE flyway_schema_history (version text)");

  await expect(run(it)).rejects.toMatchObject({ failure: { code: "migrations-of-another-tool" } });
});

test("gives up a lock that it does not get", async () => {
  await using it = await project(FILES, { lock_timeout: "300ms" });
  await it.sql("CREATE TABLE marks (id serial PRIMARY KEY, mark real)");
  await it.put({ "V1__marks.sql": "ALTER TABLE marks ADD COLUMN extra int;" });
  const holder = it.sql("BEGIN; LOCK TABLE marks; SELECT pg_sleep(60)").catch(String);
  await until(it, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'", "1");

  expect(await run(it)).toMatchObject({
    outcome: "failed",
    failure: {
      code: "migration-lock-timeout",
      fix: expect.stringContaining("Nothing of this file was applied"),
    },
  });
  await end(it, "pg_sleep(60)");
  expect(await holder).toContain("terminating connection");
});

test("waits for another migration of the same database, and does nothing twice", async () => {
  await using it = await project({
    ...FILES,
    "V1__marks.sql": "CREATE TABLE marks (id serial PRIMARY KEY, mark real); SELECT pg_sleep(3);",
  });
  const other = await it.later();

  const clock = {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    sleep: (ms: number) => sleep(ms),
  };
  const results = await Promise.all(
    [it, other].map(({ work }) => migrate.run(Object.create(work, { clock: { value: clock } }))),
  );

  expect(results.map(({ outcome }) => outcome)).toEqual(["passed", "passed"]);
  expect([...it.said, ...other.said].join()).toContain("another session migrates this database");
  expect(await it.sql(applied)).toBe("1 1.10 1.9");
});

test("killed in the middle of an index outside a transaction, it finds the half and the index, and says what mends them", async () => {
  await using it = await project({ ...FILES, ...INDEX });
  const { "V2__index.sql": index, ...first } = { ...FILES, ...INDEX };
  await rm(join(it.work.project, "migrations/V2__index.sql"));
  await rm(join(it.work.project, "migrations/U2__index.sql"));
  expect(Object.keys(first)).toHaveLength(7);
  expect(await run(it)).toMatchObject({ outcome: "passed" });
  await it.put({ "V2__index.sql": index, "U2__index.sql": INDEX["U2__index.sql"] });
  await it.sql("INSERT INTO marks (mark) SELECT random() FROM generate_series(1, 300000)");
  const holder = it
    .sql("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1 FROM marks LIMIT 1; SELECT pg_sleep(60)")
    .catch(String);
  await until(it, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'", "1");
  const stop = new AbortController();
  const release = await it.later({ facts: {}, signal: stop.signal });
  const running = run(release).catch(String);
  await until(it, "SELECT count(*) FROM pg_index WHERE NOT indisvalid", "1");

  stop.abort();
  await running;
  // The server sees within seconds that nobody listens any more.
  await until(
    it,
    "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%CONCURRENTLY marks_mark%' AND pid <> pg_backend_pid()",
    "0",
  );
  await end(it, "pg_sleep(60)");
  expect(await holder).toContain("terminating connection");

  const after = await it.later({ facts: release.work.facts, attempt: 2 });
  const found = await run(after);
  expect(found).toMatchObject({ outcome: "failed", failure: { code: "migration-half-applied" } });
  expect(found.failure?.what).toContain("2_index");
  expect(found.failure?.what).toContain("The index public.marks_mark is invalid");
  expect(found.failure?.fix).toContain("DROP INDEX CONCURRENTLY public.marks_mark;");
  expect(found.failure?.fix).toContain("DELETE FROM seaworthy_migrations WHERE version = '2';");

  expect(await undo(await it.later({ facts: after.work.facts, phase: "undo" }))).toMatchObject({
    outcome: "passed",
    summary: "2_index: taken back",
  });
  expect(await it.sql("SELECT count(*) FROM pg_index WHERE NOT indisvalid")).toBe("0");
  expect(await it.sql(applied)).toBe("1 1.10 1.9");
  // And what the fix says would have helped as well.
  expect(await run(await it.later({ facts: {} }))).toMatchObject({ outcome: "passed" });
});

async function until(it: Project, sql: string, wanted: string): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if ((await it.sql(sql)) === wanted) return;
    await sleep(50);
  }
  throw new Error(`never ${wanted}: ${sql}`);
}

async function end(it: Project, words: string): Promise<void> {
  await it.sql(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%${words}%' AND pid <> pg_backend_pid()`,
  );
}
