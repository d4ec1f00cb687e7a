import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createApp } from "../src/app.ts";
import { type Database, openDatabase } from "../src/blobs/database.ts";
import { MIGRATIONS, neededMigrations } from "../src/blobs/migrations.ts";
import { createSlots } from "../src/blobs/slots.ts";
import { openStore } from "../src/blobs/store.ts";
import { createLog } from "../src/log.ts";
import { openAudit } from "../src/operations/audit.ts";
import { createMetrics } from "../src/operations/metrics.ts";
import { databaseIn } from "../src/settings.ts";
import type { World } from "../src/world.ts";

export const PASSWORD = "correct horse battery";
export const READER_PASSWORD = "staple";
export const TOKEN_SECRET = "s".repeat(40);

/** A folder for one test, gone after it. */
export function tempFolder(): { readonly path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), "secure-files-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Applies migrations as the deploy tool does. */
export function migrate(data: string, folder: string = MIGRATIONS): void {
  using db = new DatabaseSync(databaseIn(data));
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

/** The application on a port of the system's choice; its clock is in the test's hands. */
export async function startApp(options: { readonly slots?: number } = {}) {
  const folder = tempFolder();
  migrate(folder.path);
  const database = openDatabase(databaseIn(folder.path));
  const clock = { ms: Date.UTC(2026, 1, 3, 9) };
  const lines: string[] = [];
  const app = createApp(worldIn(folder.path, { database, clock, lines, slots: options.slots }));
  const running = new Set<Promise<void>>();
  const server = createServer((request, response) => void running.add(app(request, response)));
  const url = await listen(server);
  return {
    url,
    clock,
    lines,
    folder: folder.path,
    audit: () => readLines(join(folder.path, "audit.log")),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await Promise.all(running);
      database.close();
      folder[Symbol.dispose]();
    },
  };
}

interface Parts {
  readonly database: Database;
  readonly clock: { readonly ms: number };
  readonly lines: string[];
  readonly slots: number | undefined;
}

function worldIn(data: string, { database, clock, lines, slots }: Parts): World {
  const now = (): number => clock.ms;
  const settings = {
    data,
    host: "127.0.0.1",
    port: 0,
    socket: undefined,
    release: "v9.9.9",
    key: randomBytes(32),
    tokenSecret: TOKEN_SECRET,
    passwords: { admin: PASSWORD, reader: READER_PASSWORD },
  };
  return {
    settings,
    database,
    store: openStore(join(data, "blobs"), settings.key),
    slots: createSlots(slots),
    log: createLog((line) => void lines.push(line), now),
    audit: openAudit(join(data, "audit.log"), now),
    metrics: createMetrics(),
    now,
  };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
}

function readLines(path: string): readonly Record<string, unknown>[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

export type App = Awaited<ReturnType<typeof startApp>>;

/** What signing in answers. */
export function signIn(app: { readonly url: string }, username: string, password: string) {
  return fetch(`${app.url}/auth/token`, {
    method: "POST",
    body: JSON.stringify({ username, password }),
  });
}

/** As `fetch` has it, with headers as a plain record. */
type Sending = Omit<RequestInit, "headers"> & { readonly headers?: Record<string, string> };

/** Somebody who has signed in. */
export async function person(app: { readonly url: string }, who: "admin" | "reader" = "admin") {
  const answer = await signIn(app, who, who === "admin" ? PASSWORD : READER_PASSWORD);
  const token = String(Object(await answer.json())["access_token"]);
  const send = (path: string, more: Sending = {}) =>
    fetch(app.url + path, {
      ...more,
      headers: { authorization: `Bearer ${token}`, ...more.headers },
    });
  return {
    token,
    send,
    async upload(bytes: Uint8Array, name = "a file.bin") {
      const body = new FormData();
      body.append("file", new Blob([Buffer.from(bytes)]), name);
      const response = await send("/secure/files/upload", { method: "POST", body });
      return { status: response.status, json: Object(await response.json()) };
    },
  };
}
