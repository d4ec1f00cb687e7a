import { join } from "node:path";
import type { OwnPostgres } from "./own-postgres.ts";

const root = join(import.meta.dirname, "../../..");
const bin = (name: string) => join(root, "node_modules/.bin", name);

/** Says its process id before it becomes the tool, so that a test can kill it. */
const WITH_PID = ["sh", "-c", 'echo $$ > tool.pid; exec "$@"', "sh"] as const;
/** Ends well and does nothing when it is asked to apply. */
const LYING = (word: string) =>
  ["sh", "-c", `case " $* " in *" ${word} "*) echo done; exit 0;; esac; exec "$@"`, "sh"] as const;

/** One real migration tool, with what its fixtures are called by it. */
export interface Tool {
  readonly name: string;
  readonly fixture: string;
  readonly key: string;
  readonly run: readonly string[];
  /** The word by which it applies. */
  readonly up: string;
  readonly names: { readonly second: string; readonly third: string };
  /** Of `irreversible`, those that can't be taken back. */
  readonly cant: readonly string[];
  readonly index: string;
}

export const tools: readonly Tool[] = [
  {
    name: "Django",
    fixture: "migrate-django",
    key: "django",
    run: ["/usr/bin/python3", "-B", "manage.py"],
    up: "migrate",
    names: { second: "shop.0002_names", third: "shop.0003_notes" },
    cant: ["shop.0003_fill"],
    index: "shop.0002_index",
  },
  {
    name: "Alembic",
    fixture: "migrate-alembic",
    key: "alembic",
    run: ["/usr/bin/python3", "-B", "-W", "ignore", "/usr/bin/alembic"],
    up: "upgrade heads",
    names: { second: "b2", third: "c3" },
    cant: ["c3", "d4"],
    index: "b2",
  },
  {
    name: "node-pg-migrate",
    fixture: "migrate-node-pg",
    key: "node_pg_migrate",
    run: [bin("node-pg-migrate")],
    up: "up --migrations-dir migrations ",
    names: { second: "002_names", third: "003_notes" },
    cant: ["003_fill", "004_more"],
    index: "002_index",
  },
  {
    name: "Knex",
    fixture: "migrate-knex",
    key: "knex",
    run: [bin("knex")],
    up: "migrate:latest",
    names: { second: "002_names.cjs", third: "003_notes.cjs" },
    cant: ["003_fill.cjs"],
    index: "002_index.cjs",
  },
];

/** The tool's step, as a plan would say it. */
export function stepOf(
  tool: Tool,
  server: OwnPostgres,
  { database, isLying = false }: { readonly database: string; readonly isLying?: boolean },
) {
  const env = {
    ...server.env(database),
    DATABASE_URL: `postgres://app@127.0.0.1:${server.port}/${database}`,
  };
  const before = isLying ? LYING(tool.up.trim()) : WITH_PID;
  return {
    [tool.key]: { run: [...before, ...tool.run], env },
    postgres: { host: "127.0.0.1", port: server.port, user: "app", database },
    no_backup: "this is only a test",
  };
}
