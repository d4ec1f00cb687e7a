import { copyFile, mkdtemp, readdir, rm, stat, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Result } from "../../src/model/event.ts";
import { chosen } from "../../src/steps/backup/chosen.ts";
import { backup } from "../../src/steps/backup/index.ts";
import { fakeWork, type FakeWork, type Given } from "../rig/fake-work.ts";
import { plainShell } from "../rig/plain-shell.ts";
import { containersDriver, startContainer, type Container } from "./rig/containers.ts";

const NAME = "h4-postgres";
const PORT = 22_500;
const PASSWORD = "p@ss w%rd$'\"";

let server: Container;
let folder: string;

const sql = (text: string, database = "shop") =>
  server.ask(
    ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", "/tmp", "-U", "postgres", "-d", database],
    text,
  );

const SHOP = `
CREATE ROLE reader;
CREATE TABLE customers (id serial PRIMARY KEY, name text NOT NULL);
INSERT INTO customers (name) SELECT 'customer ' || n FROM generate_series(1, 20000) n;
CREATE TABLE orders (id serial PRIMARY KEY, customer int REFERENCES customers, at timestamptz DEFAULT now()) ;
INSERT INTO orders (customer) SELECT 1 + n % 20000 FROM generate_series(1, 50000) n;
CREATE SCHEMA "odd ""one"; CREATE TABLE "odd ""one"."tab	and \\ 'quote'" (x int);
CREATE VIEW big AS SELECT count(*) FROM orders;
ALTER DATABASE shop SET search_path TO public, "odd ""one";
ALTER DATABASE shop SET work_mem TO '5MB';
GRANT CONNECT ON DATABASE shop TO reader; REVOKE TEMP ON DATABASE shop FROM PUBLIC;
COMMENT ON DATABASE shop IS 'it''s the shop';
`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "h4-backup-"));
  const env = { POSTGRES_PASSWORD: PASSWORD, POSTGRES_DB: "shop" };
  const words = Object.entries(env).flatMap(([key, value]) => ["-e", `${key}=${value}`]);
  const image = ["-p", `127.0.0.1:${PORT}:5432`, "lab/postgres:15"];
  server = await startContainer(NAME, [...words, ...image], ["pg_isready", "-h", "127.0.0.1"]);
  await sql(SHOP);
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const shell = plainShell();
const here = {
  url: `postgres://postgres:${encodeURIComponent(PASSWORD)}@127.0.0.1:${PORT}/shop`,
};
const within = { in: `lab/${NAME}`, host: "/tmp", user: "postgres", database: "shop" };

async function shop(postgres: object, given: Given = {}): Promise<FakeWork> {
  const { folder: own, ...rest } = given;
  return fakeWork(backup, {
    shell,
    drivers: { lab: containersDriver([NAME]) },
    ...rest,
    spec: { postgres, ...(given.spec as object) },
    folder: own ?? (await mkdtemp(join(folder, "work-"))),
  });
}

const run = ({ work }: FakeWork) => backup.run(work);
const folderOf = ({ work }: FakeWork) => join(work.store, "backups/staging/backup");
const placeOf = ({ facts }: Result) => facts?.["path"] as string;
const databases = async () =>
  (await sql("SELECT datname FROM pg_database ORDER BY 1", "postgres")).trim().split("\n");
/** A deploy behind the backup that has begun to activate its release. */
const BEGUN: Given = {
  stepsAfter: [{ id: "up", kind: "deploy" }],
  factsOf: { up: { changes_data: true } },
};
const ONLY = ["postgres", "shop", "template0", "template1"];

describe.each([
  ["by its URL, with the tools of this machine", here],
  ["inside its part", within],
])("%s", (_, postgres) => {
  test("copies, checks and tries out while others write", async () => {
    await using fake = await shop(postgres);
    const done = new AbortController();
    const writing = (async () => {
      while (!done.signal.aborted) await sql("INSERT INTO orders (customer) VALUES (1)");
    })();
    const result = await run(fake).finally(() => done.abort());
    await writing;

    expect(result).toMatchObject({ outcome: "passed", facts: { tables: 3, missing: false } });
    const rows = result.facts?.["rows"] as number;
    expect(rows).toBeGreaterThanOrEqual(70_000);
    expect(rows).toBeLessThan(20_000 + Number(await sql("SELECT count(*) FROM orders")));
    expect(await readdir(folderOf(fake))).toEqual(["41-1.pgdump"]);
    expect((await stat(placeOf(result))).mode & 0o777).toBe(0o600);
    expect(fake.kept.get("backup.txt")).toMatch(/public\.customers +20000/);
    expect(await databases()).toEqual(ONLY);
  });

  test.each([0, 1, 50, 99])("a copy cut at %i percent is no backup", async (percent) => {
    await using fake = await shop(postgres);
    const result = await run(fake);
    const cut = `${placeOf(result)}.cut`;
    await copyFile(placeOf(result), cut);
    await truncate(cut, Math.floor(((await stat(cut)).size * percent) / 100));
    const engine = chosen(backup.spec.parse({ postgres }) as never, fake.work);

    await expect(engine.check(cut)).rejects.toMatchObject({ failure: { code: "backup-damaged" } });
    await expect(engine.tryOut(cut, folderOf(fake))).rejects.toMatchObject({
      failure: { code: "postgres-refused" },
    });
    await truncate(placeOf(result), (await stat(cut)).size);
    await using after = await shop(postgres, {
      facts: result.facts ?? {},
      folder: fake.folder,
      ...BEGUN,
    });
    await expect(backup.undo?.(after.work)).rejects.toMatchObject({
      failure: { code: "backup-changed" },
    });
    expect(await databases()).toEqual(ONLY);
  });

  test("restoring gives back tables, rows and settings, and keeps what was replaced", async () => {
    await using fake = await shop(postgres);
    const { facts = {} } = await run(fake);
    const before = await sql("SELECT count(*) FROM orders");
    await sql(
      "TRUNCATE orders; CREATE TABLE later (c int REFERENCES customers); DROP VIEW big; ALTER TABLE customers ADD COLUMN x int;",
    );
    const visitor = server.ask([
      "psql",
      "-h",
      "/tmp",
      "-U",
      "postgres",
      "-d",
      "shop",
      "-c",
      "SELECT pg_sleep(60)",
    ]);
    visitor.catch(() => undefined);
    await using after = await shop(postgres, { facts, folder: fake.folder, ...BEGUN });

    const result = await backup.undo?.(after.work);

    expect(result).toMatchObject({ outcome: "passed" });
    await expect(visitor).rejects.toThrow(/terminat/);
    expect(await sql("SELECT count(*) FROM orders; SELECT * FROM big")).toBe(before + before);
    expect((await sql("\\dt public.*")).trim().split("\n")).toHaveLength(2);
    expect(await sql("SHOW search_path; SHOW work_mem")).toBe('public, "odd ""one"\n5MB\n');
    const about = `SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'shop';
      SELECT unnest(datacl)::text FROM pg_database WHERE datname = 'shop' ORDER BY 1`;
    expect((await sql(about)).trim().split("\n")).toEqual([
      "it's the shop",
      "=c/postgres",
      "postgres=CTc/postgres",
      "reader=c/postgres",
    ]);
    const [replaced = ""] = (result?.facts?.["replaced"] ?? []) as readonly string[];
    expect(after.notes).toEqual([{ replaced: [replaced] }]);
    const engine = chosen(backup.spec.parse({ postgres }) as never, after.work);
    const kept = await engine.tryOut(replaced, folderOf(fake));
    expect(kept).toContainEqual({ name: "public.orders", rows: 0 });
    expect(await databases()).toEqual(ONLY);
  });
});
