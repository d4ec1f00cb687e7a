import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { hashPassword } from "../src/accounts/passwords.ts";
import { createApp } from "../src/app.ts";
import { openDatabase } from "../src/data/database.ts";
import { MIGRATIONS, neededMigrations } from "../src/data/migrations.ts";
import { createLog } from "../src/log.ts";

export const PASSWORD = "correct horse battery";

/** Applies migrations as the deploy tool does. */
export function migrate(database: string, folder: string = MIGRATIONS): void {
  using db = new DatabaseSync(database);
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

/** The application on a port of the system's choice, with the user admin; its clock is in the test's hands. */
export async function startApp() {
  const folder = mkdtempSync(join(tmpdir(), "student-records-"));
  const path = join(folder, "students.db");
  migrate(path);
  const database = openDatabase(path);
  const hash = await hashPassword(PASSWORD, { N: 16, r: 1, p: 1 });
  database.write((db) =>
    db.prepare("INSERT INTO users VALUES (?, 'admin', ?)").run(randomUUID(), hash),
  );
  const clock = { ms: Date.UTC(2026, 2, 4, 9) };
  const lines: string[] = [];
  const settings = {
    database: path,
    host: "127.0.0.1",
    port: 0,
    release: "v9.9.9",
    environment: "test",
  };
  const now = (): number => clock.ms;
  const log = createLog((line) => void lines.push(line), now);
  const app = createApp({ settings, database, log, now });
  const server = createServer((request, response) => void app(request, response));
  const url = await listen(server);
  return {
    url,
    clock,
    lines,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
}

/** A program that asks; with a token it is signed in. */
export function client(url: string, token?: string) {
  const send = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return {
      status: response.status,
      headers: response.headers,
      json: Object(await response.json()),
    };
  };
  return { send, token };
}

/** Somebody who has signed in. */
export async function admin(app: { readonly url: string }) {
  const { json } = await client(app.url).send("POST", "/auth/login", {
    username: "admin",
    password: PASSWORD,
  });
  return client(app.url, String(json.data.token));
}
