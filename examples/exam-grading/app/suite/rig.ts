import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createApp } from "../src/app.ts";
import type { Database } from "../src/data/database.ts";
import { migrationsFor, neededMigrations, versionOf } from "../src/data/migrations.ts";
import { loadPostgresLibrary } from "../src/data/postgres-library.ts";
import { openPostgres } from "../src/data/postgres.ts";
import { openSqlite } from "../src/data/sqlite.ts";
import { drawHere } from "../src/grading/drawing.ts";
import { loadPdfLibrary } from "../src/grading/pdf-library.ts";
import { createLog } from "../src/log.ts";
import { createMetrics } from "../src/operations/metrics.ts";
import { seed } from "../src/seeding/seed.ts";
import type { World } from "../src/world.ts";

export const PASSWORD = "correct horse battery";

/** A database of its own for one test. */
export interface Scratch extends AsyncDisposable {
  readonly database: Database;
}

/** The databases that this suite can use here: SQLite always, PostgreSQL where DATABASE_URL leads to one. */
export const ENGINES: readonly { readonly name: string; readonly open: () => Promise<Scratch> }[] =
  [
    { name: "SQLite", open: scratchFile },
    ...(process.env["DATABASE_URL"] ? [{ name: "PostgreSQL", open: scratchSchema }] : []),
  ];

async function scratchFile(): Promise<Scratch> {
  const folder = mkdtempSync(join(tmpdir(), "suite-"));
  const path = join(folder, "exams.db");
  const migrations = migrationsFor({ migrations: "migrations" });
  {
    using db = new DatabaseSync(path);
    db.exec("CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY)");
    for (const name of neededMigrations(migrations)) {
      db.exec(readFileSync(join(migrations, `${name}.up.sql`), "utf8"));
      db.exec(`INSERT INTO schema_migrations VALUES (${versionOf(name)})`);
    }
  }
  const database = openSqlite(path);
  return {
    database,
    async [Symbol.asyncDispose]() {
      await database.close();
      rmSync(folder, { recursive: true });
    },
  };
}

async function scratchSchema(): Promise<Scratch> {
  const scratch = await emptySchema();
  const { database } = scratch;
  await database.script(
    "CREATE TABLE seaworthy_migrations (version TEXT PRIMARY KEY, applied_at TIMESTAMPTZ)",
  );
  for (const name of neededMigrations(migrationsFor(database)))
    await database.script(
      `${readMigration(database, name, "up")};
       INSERT INTO seaworthy_migrations VALUES ('${versionOf(name)}', now())`,
    );
  return scratch;
}

/** The SQL of a migration. */
export function readMigration(
  database: Pick<Database, "migrations">,
  name: string,
  way: "up" | "down",
): string {
  return readFileSync(join(migrationsFor(database), `${name}.${way}.sql`), "utf8");
}

/** A schema in which nothing was migrated; what the application itself keeps is not touched. */
async function emptySchema(): Promise<Scratch> {
  const postgres = await loadPostgresLibrary();
  const schema = `suite_${randomUUID().replaceAll("-", "")}`;
  const url = new URL(process.env["DATABASE_URL"] ?? "");
  const outside = openPostgres(postgres, url.href);
  await outside.script(`CREATE SCHEMA ${schema}`);
  url.searchParams.set("search_path", schema);
  const database = openPostgres(postgres, url.href);
  return {
    database,
    async [Symbol.asyncDispose]() {
      await database.close();
      await outside.script(`DROP SCHEMA ${schema} CASCADE`);
      await outside.close();
    },
  };
}

/** The application on a port of its own, with what seeding makes. */
export async function serve(database: Database, more: Partial<World> = {}) {
  await seed(database, { password: PASSWORD, now: Date.now });
  const world: World = {
    settings: {
      database: "",
      databaseUrl: undefined,
      redisUrl: undefined,
      mayBePending: false,
      host: "127.0.0.1",
      port: 0,
      release: "v9.9.9",
      metricsToken: "m".repeat(64),
    },
    database,
    log: createLog(() => {}, Date.now),
    metrics: createMetrics(),
    draw: drawHere({ database, pdf: await loadPdfLibrary(), now: Date.now }),
    now: Date.now,
    ...more,
  };
  const app = createApp(world);
  const server = createServer((request, response) => void app(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  return {
    client: () => createClient(url),
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

/** Keeps cookies and shows the CSRF token, as a browser with our page does. */
function createClient(url: string) {
  const cookies = new Map<string, string>();
  const send = async (
    method: string,
    path: string,
    more: { readonly json?: unknown; readonly headers?: Readonly<Record<string, string>> } = {},
  ) => {
    const response = await fetch(url + path, {
      method,
      headers: {
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; "),
        "x-csrftoken": cookies.get("csrftoken") ?? "",
        ...(more.json === undefined ? {} : { "content-type": "application/json" }),
        ...more.headers,
      },
      ...(more.json === undefined ? {} : { body: JSON.stringify(more.json) }),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      cookies.set(name, value);
    }
    const bytes = Buffer.from(await response.arrayBuffer());
    const isJson = response.headers.get("content-type")?.startsWith("application/json");
    const read = (): Record<string, unknown> => JSON.parse(bytes.toString());
    return { status: response.status, bytes, json: isJson ? read() : {} };
  };
  const login = () =>
    send("POST", "/api/login/", { json: { username: "prof1", password: PASSWORD } });
  return { send, login };
}

export type Client = ReturnType<typeof createClient>;

/** The ids of all copies that may be locked. */
export async function readyCopies({ send }: Client): Promise<readonly string[]> {
  const [exam] = listOf((await send("GET", "/api/exams/")).json["results"]);
  const copies = await send("GET", `/api/exams/${String(exam?.["id"])}/copies/`);
  return listOf(copies.json["results"])
    .filter((copy) => copy["status"] === "READY")
    .map((copy) => String(copy["id"]));
}

function listOf(value: unknown): readonly Record<string, unknown>[] {
  return Array.isArray(value) ? value : [];
}
