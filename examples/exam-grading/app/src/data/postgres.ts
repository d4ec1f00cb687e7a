import type { Sql, TransactionSql } from "postgres";
import { type Database, DatabaseUnavailable, type Statements } from "./database.ts";
import type { PostgresLibrary } from "./postgres-library.ts";

/** Where the deploy tool writes down which migrations it has applied. */
const HISTORY = "seaworthy_migrations";
/** How often a transaction is tried again that another one has crossed. */
const TRIES = 8;

/** The database as a PostgreSQL server, which several machines can use. The password may stand in PGPASSWORD instead of in the address. */
export function openPostgres(postgres: PostgresLibrary, url: string): Database {
  const sql = postgres(url, {
    max: 8,
    connect_timeout: 5,
    idle_timeout: 60,
    onnotice: () => {},
    // Counts, and times in milliseconds, fit into a number.
    types: { bigint: { to: 20, from: [20], parse: Number, serialize: String } },
  });
  return {
    migrations: "migrations-postgres",
    read: (work) => reached(() => transact(sql, "read only", work)),
    write: (work) =>
      reached(() => again(() => transact(sql, "isolation level serializable", work))),
    applied: () => reached(() => appliedIn(sql)),
    script: (text) => reached(async () => void (await sql.begin((db) => db.unsafe(text).simple()))),
    close: () => sql.end({ timeout: 5 }),
  };
}

type Connection = Sql<{ bigint: number }>;
type Transaction = TransactionSql<{ bigint: number }>;

/** Hands back what the work has made of it, once it is committed. */
async function transact<T>(
  sql: Connection,
  kind: string,
  work: (db: Statements) => Promise<T>,
): Promise<T> {
  const { promise, resolve } = Promise.withResolvers<T>();
  await sql.begin(kind, async (db) => resolve(await work(statementsOf(db))));
  return promise;
}

function statementsOf(db: Transaction): Statements {
  const ask: Statements["all"] = (text, ...values) =>
    db.unsafe(numbered(text), [...values], { prepare: true });
  return {
    all: ask,
    get: async (text, ...values) => (await ask(text, ...values))[0],
    run: async (text, ...values) =>
      (await db.unsafe(numbered(text), [...values], { prepare: true })).count,
  };
}

/** PostgreSQL calls its values $1, $2, …; no statement of ours has a question mark in a text. */
function numbered(text: string): string {
  let count = 0;
  return text.replaceAll("?", () => `$${(count += 1)}`);
}

async function appliedIn(sql: Connection): Promise<readonly number[]> {
  const [found] = await sql.unsafe(`SELECT to_regclass('${HISTORY}') AS found`);
  if (found?.["found"] === null) return [];
  const rows = await sql.unsafe(`SELECT version FROM ${HISTORY} WHERE applied_at IS NOT NULL`);
  return rows.map((row) => Number(row["version"]));
}

// Serializable transactions that cross each other: all but one are ended by the server and are to be tried again.
async function again<T>(transaction: () => Promise<T>, left = TRIES): Promise<T> {
  try {
    return await transaction();
  } catch (error) {
    if (left <= 1 || !["40001", "40P01"].includes(codeOf(error))) throw error;
    return again(transaction, left - 1);
  }
}

async function reached<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isUnreachable(codeOf(error))) throw error;
    throw new DatabaseUnavailable("The database can't be reached.", { cause: error });
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

// The system's words, the library's words, and the server's: no connection (08), shutting down (57P), too many (53300), no such role, password or database.
function isUnreachable(code: string): boolean {
  return /^(E[A-Z_]+|CONNECT_TIMEOUT|CONNECTION_\w+|08\w{3}|57P0\d|53300|28\w{3}|3D000)$/.test(
    code,
  );
}
