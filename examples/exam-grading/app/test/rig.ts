import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { hashPassword } from "../src/accounts/passwords.ts";
import { createApp } from "../src/app.ts";
import { migrationsFor, neededMigrations } from "../src/data/migrations.ts";
import { openSqlite } from "../src/data/sqlite.ts";
import { drawHere } from "../src/grading/drawing.ts";
import { loadPdfLibrary } from "../src/grading/pdf-library.ts";
import { createLog } from "../src/log.ts";
import { createMetrics } from "../src/operations/metrics.ts";
import { drawPage } from "../src/seeding/draw-page.ts";

export const PASSWORD = "correct horse battery";

/** A folder for one test, gone after it. */
export function tempFolder(): { readonly path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), "exam-grading-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Where the database is in a data folder. */
export function databasePath(data: string): string {
  return join(data, "exams.db");
}

const MIGRATIONS = migrationsFor({ migrations: "migrations" });

/** Applies migrations as the deploy tool does. */
export function migrate(data: string, folder: string = MIGRATIONS): void {
  using db = new DatabaseSync(databasePath(data));
  db.exec(
    "CREATE TABLE IF NOT EXISTS schema_migrations (version TEXT PRIMARY KEY, name TEXT, sha256 TEXT, applied_at TEXT)",
  );
  for (const name of neededMigrations(folder)) {
    db.exec(readFileSync(join(folder, `${name}.up.sql`), "utf8"));
    db.prepare("INSERT INTO schema_migrations (version, name) VALUES (?, ?)").run(
      name.slice(0, 4),
      name,
    );
  }
}

const SETTINGS = {
  databaseUrl: undefined,
  redisUrl: undefined,
  host: "127.0.0.1",
  port: 0,
  release: "v9.9.9",
  metricsToken: "m".repeat(64),
} as const;

/** The application on a port of the system's choice; its clock is in the test's hands. */
export async function startApp(
  options: { readonly migrated?: boolean; readonly mayBePending?: boolean } = {},
) {
  const folder = tempFolder();
  if (options.migrated !== false) migrate(folder.path);
  const database = openSqlite(databasePath(folder.path));
  const clock = { ms: Date.UTC(2026, 0, 29, 9) };
  const lines: string[] = [];
  const now = (): number => clock.ms;
  const { mayBePending = false } = options;
  const settings = { ...SETTINGS, mayBePending, database: databasePath(folder.path) };
  const log = createLog((line) => void lines.push(line), now);
  const app = createApp({
    settings,
    database,
    log,
    metrics: createMetrics(),
    draw: drawHere({ database, pdf: await loadPdfLibrary(), now }),
    now,
  });
  const server = createServer((request, response) => void app(request, response));
  const url = await listen(server);
  return {
    url,
    database,
    clock,
    lines,
    folder: folder.path,
    client: () => createClient(url),
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
      await database.close();
      folder[Symbol.dispose]();
    },
  };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
}

export type App = Awaited<ReturnType<typeof startApp>>;

/** Adds professors who may sign in. */
export async function addProfessors(app: App, ...names: readonly string[]): Promise<void> {
  const hash = await hashPassword(PASSWORD, { N: 16, r: 1, p: 1 });
  for (const name of names)
    await app.database.write((db) =>
      db.run("INSERT INTO users VALUES (?, ?, ?, 0)", randomUUID(), name, hash),
    );
}

/** Adds an exam with one copy of so many pages. */
export async function addCopy(
  app: App,
  pages = 2,
): Promise<{ readonly exam: string; readonly copy: string }> {
  const [exam, copy, booklet] = [randomUUID(), randomUUID(), randomUUID()];
  await app.database.write(async (db) => {
    await db.run("INSERT INTO exams VALUES (?, ?, '2026-06-15')", exam, `Exam ${exam}`);
    await db.run(
      "INSERT INTO copies (id, exam_id, anonymous_id) VALUES (?, ?, 'A-001')",
      copy,
      exam,
    );
    await db.run("INSERT INTO booklets VALUES (?, ?, 0)", booklet, copy);
    for (let page = 0; page < pages; page++)
      await db.run("INSERT INTO pages VALUES (?, ?, ?)", booklet, page, drawPage(page));
  });
  return { exam, copy };
}

interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  // oxlint-disable-next-line typescript/no-explicit-any -- expect looks at it, whatever it is
  readonly json: any;
}

/** A client that keeps cookies and shows the CSRF token, as a browser with our page does. */
export function createClient(url: string) {
  const cookies = new Map<string, string>();
  const send = async (
    method: string,
    path: string,
    more: { json?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Answered> => {
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
    const bytes = new Uint8Array(await response.arrayBuffer());
    const isJson = response.headers.get("content-type")?.startsWith("application/json") ?? false;
    const json: unknown =
      isJson && bytes.length > 0 ? JSON.parse(Buffer.from(bytes).toString()) : undefined;
    return { status: response.status, headers: response.headers, bytes, json };
  };
  const login = (username: string, password = PASSWORD): Promise<Answered> =>
    send("POST", "/api/login/", { json: { username, password } });
  return { send, login, cookies };
}
