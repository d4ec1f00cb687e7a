import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeProject, type TestProject } from "../rig/project.ts";
import { setSail, type Landed } from "../rig/sailing.ts";
import { startContainer, type Container } from "./rig/containers.ts";

const NAME = "h4-killed";
const PORT = 22_520;
const URL = `postgres://postgres:secret-of-the-shop@127.0.0.1:${PORT}/shop`;

let server: Container;

const sql = (text: string, database = "shop") =>
  server.ask(
    ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", "/tmp", "-U", "postgres", "-d", database],
    text,
  );

beforeAll(async () => {
  const env = ["-e", "POSTGRES_PASSWORD=secret-of-the-shop", "-e", "POSTGRES_DB=shop"];
  const image = ["-p", `127.0.0.1:${PORT}:5432`, "lab/postgres:15"];
  server = await startContainer(NAME, [...env, ...image], ["pg_isready", "-h", "127.0.0.1"]);
});

afterAll(() => server?.[Symbol.asyncDispose]());

/** Backs up, spoils the data as a migration may, finds the release unfit, and takes everything back. */
const PLAN = `
version: 1
project: shop
secrets: { DB: { about: Where the database is } }
environments: { staging: {} }
plans:
  deploy:
    about: Spoil the data, and bring them back
    steps:
      - id: backup
        backup: { postgres: "\${DB}", restore_on_rollback: true }
        secrets: [DB]
      - id: migrate
        migrate:
          tool:
            status: [./tool, status]
            up: [./tool, up]
            pending: "no"
          one_way: the backup is put back
        secrets: [DB]
      - id: fit
        command: { run: ["false"] }
`;

const TOOL = `#!/bin/sh
case $1 in
  status) psql -XqAt "$DB" -c "SELECT CASE WHEN to_regclass('later') IS NULL THEN 'no' ELSE 'yes' END" ;;
  up) psql -Xq "$DB" -c "CREATE TABLE later (c int REFERENCES customers); DELETE FROM orders; ALTER TABLE customers DROP COLUMN name" ;;
esac
`;

const FRESH = `DROP DATABASE IF EXISTS shop WITH (FORCE);
CREATE DATABASE shop;
\\c shop
CREATE TABLE customers (id serial PRIMARY KEY, name text NOT NULL);
INSERT INTO customers (name) SELECT 'customer ' || n FROM generate_series(1, 5000) n;
CREATE TABLE orders (id serial PRIMARY KEY, customer int REFERENCES customers, note text);
INSERT INTO orders (customer, note) SELECT 1 + n % 5000, md5(n::text) FROM generate_series(1, 60000) n;
`;
const PICTURE = `SELECT md5(string_agg(c::text, '|' ORDER BY id)) FROM customers c;
SELECT md5(string_agg(o::text, '|' ORDER BY id)) FROM orders o;
SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_stat_user_tables;
`;
const WORDS = ["run", "deploy", "--env", "staging"];
const ENV = { DB: URL };

function newShop(): TestProject {
  const shop = makeProject({ "seaworthy.yaml": PLAN });
  shop.write("tool", TOOL);
  chmodSync(join(shop.folder, "tool"), 0o755);
  return shop;
}

/** What is there of the server and of the backup folder, looked at again and again without a new process each time. */
interface Watch extends AsyncDisposable {
  databases(): Promise<string>;
}

function watch(): Watch {
  const psql = ["psql", "-XqAt", "-h", "/tmp", "-U", "postgres", "-d", "postgres"];
  const child = spawn("docker", ["exec", "-i", NAME, ...psql], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const ended = once(child, "close");
  return {
    async databases() {
      child.stdin.write("SELECT string_agg(datname, ' ') FROM pg_database;\n");
      return String((await lines.next()).value);
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}

const folderOf = (shop: TestProject) =>
  join(shop.folder, ".seaworthy/store/backups/staging/backup");

function filesOf(shop: TestProject): string {
  try {
    return readdirSync(folderOf(shop)).join(" ");
  } catch {
    return "";
  }
}

/** Moments at which it is killed, in the order in which a run comes to them. */
const MOMENTS: readonly {
  readonly name: string;
  isNow(shop: TestProject, databases: string): boolean;
}[] = [
  { name: "dumping", isNow: (shop) => filesOf(shop).includes(".partial.partial") },
  { name: "trying out", isNow: (_, databases) => databases.includes("_trial_") },
  {
    name: "after the backup",
    isNow: (shop, databases) =>
      /\.pgdump\b(?!\.)/.test(filesOf(shop)) && !databases.includes("_trial_"),
  },
  { name: "restoring beside", isNow: (_, databases) => databases.includes("_fresh_") },
  { name: "after the change of names", isNow: (_, databases) => databases.includes("_old_") },
  { name: "keeping what was replaced", isNow: (shop) => filesOf(shop).includes("-replaced") },
];

/** Runs with these words, and kills it at the moment when one is given. */
async function sail(
  shop: TestProject,
  words: readonly string[],
  kill?: { readonly at: (typeof MOMENTS)[number]; readonly watch: Watch },
): Promise<Landed> {
  await using run = setSail(shop.folder, words, ENV);
  if (!kill) return await run.ended;
  const over = new AbortController();
  void run.ended.then(() => over.abort());
  while (!over.signal.aborted) {
    if (kill.at.isNow(shop, await kill.watch.databases())) run.signal("SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return await run.ended;
}

async function next(shop: TestProject): Promise<readonly string[]> {
  const { out } = await shop.seaworthy(["history", "--json"], { env: ENV });
  return out.includes('"id": "1"') ? ["resume", "1"] : WORDS;
}

/** What is not as it must be after the run was taken back. */
async function wrongAfter(shop: TestProject, ended: Landed, picture: string): Promise<string[]> {
  const wrong: string[] = [];
  if (ended.exit !== 4) wrong.push(`exit ${ended.exit}: ${ended.err}${ended.out}`);
  if ((await sql(PICTURE)) !== picture) wrong.push("the data are not back");
  const databases = await sql(
    "SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database",
    "postgres",
  );
  if (databases !== "postgres shop template0 template1\n") wrong.push(`databases: ${databases}`);
  const files = readdirSync(folderOf(shop));
  const kept = files.filter((name) => /^1-(\d+|replaced)(\.\d+)?\.pgdump$/.test(name));
  if (kept.length < 2 || kept.length !== files.length) wrong.push(`files: ${files.join(" ")}`);
  return wrong;
}

test("unharmed, the run is taken back whole", async () => {
  await using shop = newShop();
  await sql(FRESH, "postgres");
  const picture = await sql(PICTURE);
  expect(await wrongAfter(shop, await sail(shop, WORDS), picture)).toEqual([]);
}, 120_000);

test.each(MOMENTS)(
  "killed with kill -9, and again: $name",
  async (at) => {
    await using eyes = watch();
    await using shop = newShop();
    await sql(FRESH, "postgres");
    const picture = await sql(PICTURE);
    let kills = 0;
    let ended = await sail(shop, WORDS, { at, watch: eyes });
    for (let again = 0; ended.exit === "SIGKILL" && again < 4; again++) {
      kills += 1;
      const kill = again < 1 ? { at, watch: eyes } : undefined;
      ended = await sail(shop, await next(shop), kill);
    }
    expect(await wrongAfter(shop, ended, picture)).toEqual([]);
    expect(kills).toBeGreaterThanOrEqual(1);
  },
  240_000,
);
