import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { migrate } from "../../src/steps/migrate/index.ts";
import { fakeWork, type FakeWork, type Given } from "../rig/fake-work.ts";
import { type InsideStack, openInsideStack } from "./rig/inside-stack.ts";

const root = path.resolve(import.meta.dirname, "../..");
let folder = "";
let stack: InsideStack;
let runs = 0;

/** A part with node, the tool and the migrations, and a database. */
const stackOf = (app: string) => `services:
  web:
    image: lab/node:24
    command: [node, -e, "setInterval(() => {}, 1000); process.on('SIGTERM', () => process.exit(0))"]
    working_dir: /app
    volumes: ["${app}:/app", "${root}/node_modules:/app/node_modules:ro"]
  db:
    image: lab/postgres:15
    environment: { POSTGRES_PASSWORD: "\${DB_PASSWORD}", POSTGRES_USER: app, POSTGRES_DB: exams }
    healthcheck:
      test: [CMD, pg_isready, -h, 127.0.0.1, -U, app, -d, exams]
      interval: 1s
      timeout: 3s
      retries: 30
`;
const bring = (part: string) =>
  cp(path.join(root, "test/fixtures/migrate-knex", part), path.join(folder, "app"), {
    recursive: true,
  });

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "migrate-inside-"));
  await mkdir(path.join(folder, "app/node_modules"), { recursive: true });
  await bring("base");
  stack = await openInsideStack("h5inside", {}, stackOf(path.join(folder, "app")));
});
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const DATABASE = { in: "stack/db", host: "/tmp", user: "app", database: "exams" };

async function step(spec: object, given: Given = {}): Promise<FakeWork> {
  const { driver, release, shell } = stack;
  return fakeWork(migrate, {
    run: String(++runs),
    shell,
    release,
    drivers: { stack: driver },
    secrets: { PGPASSWORD: "hunter22" },
    ...given,
    spec: { postgres: DATABASE, no_backup: "this is only a test", ...spec },
  });
}

const knex = (as: string) => ({
  knex: {
    run: ["node", "node_modules/knex/bin/cli.js"],
    env: { PGHOST: "db", PGUSER: "app", PGDATABASE: "exams" },
  },
  in: { target: "stack", part: "web", as },
});

async function sql(text: string): Promise<string> {
  const psql = ["psql", "-h", "/tmp", "-U", "app", "-d", "exams", "-A", "-t", "-c", text];
  return (await stack.docker("exec", "h5inside-db-1", ...psql)).trim();
}

describe.each(["running", "fresh"])("the tool in a %s part", (as) => {
  test("migrates, proves that nothing is left, and goes back", async () => {
    await rm(path.join(folder, "app/migrations"), { recursive: true });
    await bring("base");
    await using first = await step(knex(as));
    expect(await migrate.run(first.work)).toMatchObject({ outcome: "passed" });
    await bring("two");

    await using second = await step(knex(as));
    expect(await migrate.run(second.work)).toMatchObject({
      outcome: "passed",
      numbers: { applied: 2, pending: 0 },
    });
    expect(await sql("SELECT count(*) FROM notes")).toBe("0");
    await using back = await step(knex(as), { facts: second.work.facts, phase: "undo" });
    expect(await migrate.undo?.(back.work)).toMatchObject({ outcome: "passed", warnings: [] });
    expect(await sql("SELECT to_regclass('notes')")).toBe("");
  });

  test("what can't be taken back is found there, too", async () => {
    await bring("irreversible");
    await using it = await step(knex(as));

    const result = await migrate.run(it.work);

    expect(result.failure?.what).toContain("003_fill.cjs can't be taken back");
    await rm(path.join(folder, "app/migrations/003_fill.cjs"));
  });
});

test("SQL files go through the database's own psql, and a killed index is found", async () => {
  await using it = await step({ sql: "migrations" });
  const place = path.join(it.work.project, "migrations");
  await mkdir(place);
  await writeFile(
    path.join(place, "V1__big.sql"),
    "CREATE TABLE big AS SELECT g FROM generate_series(1, 200000) g;",
  );
  await writeFile(path.join(place, "U1__big.sql"), "DROP TABLE big;");
  expect(await migrate.run(it.work)).toMatchObject({ outcome: "passed", numbers: { applied: 1 } });
  await writeFile(
    path.join(place, "V2__index.sql"),
    "-- no transaction\nCREATE INDEX CONCURRENTLY big_g ON big (g);",
  );
  await writeFile(
    path.join(place, "U2__index.sql"),
    "-- no transaction\nDROP INDEX CONCURRENTLY IF EXISTS big_g;",
  );
  const holder = sql(
    "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1 FROM big LIMIT 1; SELECT pg_sleep(45)",
  ).catch(String);
  await until("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'", "1");
  const stop = new AbortController();
  const given = { folder: it.folder, signal: stop.signal };
  await using killed = await step({ sql: "migrations" }, given);
  const running = migrate.run(killed.work).catch(String);
  await until("SELECT count(*) FROM pg_index WHERE NOT indisvalid", "1");

  stop.abort();
  await running;
  await until(
    "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%CONCURRENTLY big_g%' AND pid <> pg_backend_pid()",
    "0",
  );
  await sql(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(45)%' AND pid <> pg_backend_pid()",
  );
  await holder;

  const facts = killed.work.facts;
  await using again = await step({ sql: "migrations" }, { folder: it.folder, facts });
  const found = await migrate.run(again.work);
  expect(found.failure?.code).toBe("migration-half-applied");
  expect(found.failure?.fix).toContain("DROP INDEX CONCURRENTLY public.big_g;");
  await using back = await step({ sql: "migrations" }, { folder: it.folder, facts, phase: "undo" });
  expect(await migrate.undo?.(back.work)).toMatchObject({ outcome: "passed" });
  expect(await sql("SELECT count(*) FROM pg_index WHERE NOT indisvalid")).toBe("0");
});

async function until(text: string, wanted: string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if ((await sql(text)) === wanted) return;
    await sleep(100);
  }
  throw new Error(`never ${wanted}: ${text}`);
}
