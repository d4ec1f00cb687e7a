import { Fault, type Failure } from "../../../model/failure.ts";
import { applicationName, ask, literal, type PostgresWork } from "./psql.ts";

/** What a killed migration may leave in a database, asked of the database itself. */
export interface Truth {
  /** Indexes that are there and serve nothing, ready to be named in SQL. */
  readonly invalid: readonly string[];
  readonly sessions: readonly Session[];
  /** What the tool itself keeps about a migration that runs. */
  readonly leftover: readonly Leftover[];
}

interface Session {
  readonly pid: number;
  readonly state: string;
  /** RFC 3339 */
  readonly since: string;
  readonly query: string;
  readonly locks: number;
  /** Whether it calls itself by the name that we gave it. */
  readonly is_ours: boolean;
}

interface Leftover {
  readonly what: string;
  readonly fix: string;
}

/** Where a tool keeps what a killed run leaves. */
export interface Kept extends Leftover {
  readonly table: string;
  readonly where: string;
}

type Row = { readonly invalid: string } | { readonly session: Session } | { readonly left: number };

/** Asks for invalid indexes, for sessions of this step that still live or change tables, and for the tool's own lock. */
export async function askTruth(work: PostgresWork, kept?: Kept): Promise<Truth> {
  const rows = await ask<Row>(work, `${INVALID}\n${sessions(work)}\n${kept ? left(kept) : ""}`);
  return {
    invalid: rows.flatMap((row) => ("invalid" in row ? row.invalid : [])),
    sessions: rows.flatMap((row) => ("session" in row ? row.session : [])),
    leftover: kept && rows.some((row) => "left" in row && row.left > 0) ? [kept] : [],
  };
}

const INVALID = `
SELECT json_build_object('invalid', format('%I.%I', n.nspname, c.relname))
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE NOT (i.indisvalid AND i.indisready) AND c.relkind = 'i' AND n.nspname NOT LIKE 'pg\\_%'
 ORDER BY 1::text;`;

/** Sessions that bear our name, and others that hold what only a change of a table takes. */
function sessions(work: PostgresWork): string {
  const ours = literal(applicationName(work));
  return `
SELECT json_build_object('session', json_build_object(
    'pid', a.pid, 'state', coalesce(a.state, ''), 'since', to_char(a.query_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    'query', left(regexp_replace(a.query, '\\s+', ' ', 'g'), 200), 'locks', l.count, 'is_ours', a.application_name = ${ours}))
  FROM pg_stat_activity a
  CROSS JOIN LATERAL (SELECT count(*) FROM pg_locks k
    WHERE k.pid = a.pid AND k.granted AND k.locktype = 'relation' AND k.database = a.datid
      AND k.mode IN ('ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')) l
 WHERE a.datname = current_database() AND a.backend_type = 'client backend' AND a.pid <> pg_backend_pid()
   AND (a.application_name = ${ours} OR l.count > 0)
 ORDER BY a.pid;`;
}

function left({ table, where }: Kept): string {
  return `
SELECT to_regclass(${literal(table)}) IS NOT NULL AS seaworthy_there \\gset
\\if :seaworthy_there
SELECT json_build_object('left', count(*)) FROM ${table} WHERE ${where};
\\endif`;
}

/** What is wrong that was not wrong before, with the statements that mend it; undefined when nothing is. */
export function trouble(truth: Truth, before: readonly string[] = []): Failure | undefined {
  const invalid = truth.invalid.filter((index) => !before.includes(index));
  const { sessions: living, leftover } = truth;
  const whats = [
    ...living.map(sayLiving),
    ...invalid.map((index) => `The index ${index} is invalid: its creation did not end.`),
    ...leftover.map(({ what }) => `${what}.`),
  ];
  const fixes = [
    ...living.map(({ pid }) => `SELECT pg_terminate_backend(${pid});`),
    ...invalid.map((index) => `DROP INDEX CONCURRENTLY ${index};`),
    ...leftover.map(({ fix }) => fix),
  ];
  if (whats.length === 0) return undefined;
  return {
    code:
      living.length > 0
        ? "migration-still-running"
        : invalid.length > 0
          ? "migration-left-invalid-index"
          : "migration-left-lock",
    what: whats.join(" "),
    fix: `${living.length > 0 ? "Wait until the session has ended, or end it: " : ""}${fixes.join(" ")}`,
  };
}

function sayLiving({ pid, state, since, query, locks }: Session): string {
  const holds = locks === 0 ? "" : `, holding ${locks} lock${locks === 1 ? "" : "s"} on tables`;
  return `The session ${pid} still lives (${state}, since ${since}${holds}): ${query}`;
}

/** The truth, or undefined when the database can't be asked; what the tool says counts then alone. */
export async function truthOrNot(work: PostgresWork, kept?: Kept): Promise<Truth | Failure> {
  try {
    return await askTruth(work, kept);
  } catch (error) {
    if (error instanceof Fault) return error.failure;
    throw error;
  }
}
