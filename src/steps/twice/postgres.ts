import { sha256 } from "../../lib/digest.ts";
import { Fault } from "../../model/failure.ts";
import type { Command } from "../../ports/shell.ts";
import type { Work } from "../../ports/step-kind.ts";
import { connectionOf, databaseName, type Connection } from "../backup/postgres/connection.ts";
import type { PostgresSpec } from "../backup/spec.ts";
import { insidePart, shellAt } from "../inside.ts";
import { explain, hasPassed } from "../kept.ts";
import { rowsValue, type Trait } from "./print.ts";
import type { Look } from "./spec.ts";

type PostgresWork = Pick<
  Work<unknown>,
  "driver" | "act" | "release" | "shell" | "hosts" | "signal" | "timeoutMs" | "project"
>;

/** What PostgreSQL says of one table or query. */
interface Answer {
  readonly name: string;
  readonly rows: number;
  readonly digest?: string;
  readonly first?: string | null;
}

const MOST_BYTES = 1_048_576;

/** Counts the rows of a PostgreSQL database, and takes a digest of them in the server itself: no row leaves it. */
export async function lookAtPostgres(
  work: PostgresWork,
  look: Look,
  postgres: PostgresSpec,
): Promise<readonly Trait[]> {
  const { signal, timeoutMs, project } = work;
  const connection = connectionOf(postgres);
  const { database } = connection;
  const asking = psql(connection, look, timeoutMs);
  const here = postgres.in === undefined ? { ...asking, cwd: project } : asking;
  const command = await insidePart(work, postgres.in, here);
  const finished = await shellAt(work, postgres.in).look(command, {
    timeoutMs,
    signal,
    maxBytes: MOST_BYTES,
  });
  if (!hasPassed(finished)) {
    const asked = `Asking the ${databaseName(postgres, connection)}`;
    const failure = explain(finished, asked, "Correct the names, or the query.");
    throw new Fault({ ...failure, code: "twice-database" });
  }
  return answersIn(finished.stdout).map(({ name, rows, digest, first }) => ({
    name: `${database}: ${name}`,
    value: rowsValue({
      rows,
      ...(typeof first === "string" && { first: first.slice(0, 80) }),
      ...(digest !== undefined && { digest: sha256(digest) }),
    }),
    empty: rows === 0,
  }));
}

function answersIn(stdout: string): readonly Answer[] {
  if (Buffer.byteLength(stdout) >= MOST_BYTES)
    throw new Fault({
      code: "twice-too-much",
      what: `psql says more than ${MOST_BYTES} bytes; the rest can't be compared.`,
      fix: "Name the tables that matter.",
    });
  return (
    stdout
      .split("\n")
      .filter((line) => line.startsWith("{"))
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- said by our own SQL
      .map((line): Answer => JSON.parse(line) as Answer)
  );
}

/** No settings of a person's, rows alone, no question for a password, an end at the first error. */
const QUIET = ["-X", "-q", "-A", "-t", "-w", "-v", "ON_ERROR_STOP=1"] as const;

/** Everything about the sign-in goes by the environment. */
function psql({ database, env }: Connection, look: Look, timeoutMs: number): Command {
  // Whatever the query says, it can't change anything; and it ends when nobody waits for it any more.
  const ours = `-c default_transaction_read_only=on -c statement_timeout=${timeoutMs}`;
  return {
    argv: ["psql", ...QUIET],
    env: { ...env, PGDATABASE: database, PGOPTIONS: `${env["PGOPTIONS"] ?? ""} ${ours}`.trim() },
    stdin: `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;\n${questions(look)}COMMIT;\n`,
  };
}

function questions({ tables, query, content = true }: Look): string {
  if (query !== undefined) return ofQuery(query.replace(/[\s;]+$/, ""));
  if (tables === undefined) return ofAll(content);
  return tables.map((name) => `${ofTable(literal(name), quoted(name), content)};\n`).join("");
}

/** Independent of the order in which the rows lie: any two that differ, or one more, change both sums. */
function digestOf(row: string): string {
  const half = (from: number) =>
    `coalesce(sum(('x' || substr(md5(${row}), ${from}, 16))::bit(64)::bigint), 0)`;
  return `${half(1)} || ':' || ${half(17)}`;
}

function ofTable(name: string, from: string, content: boolean): string {
  const digest = content ? `, 'digest', ${digestOf("(t.*)::text")}` : "";
  return `SELECT json_build_object('name', ${name}::text, 'rows', count(*)${digest}) FROM ${from} AS t`;
}

/** Each table of the database itself, in the order of their names; psql asks of each what the first answer says. */
function ofAll(content: boolean): string {
  const template = literal(ofTable("%1$L", "%2$I.%3$I", content));
  return `SELECT format(${template}, schemaname || '.' || tablename, schemaname, tablename) FROM pg_catalog.pg_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY schemaname, tablename \\gexec
`;
}

/** Its rows count in the order in which it gives them. */
function ofQuery(query: string): string {
  const row = "n || ':' || line";
  return `SELECT json_build_object('name', 'query', 'rows', count(*), 'digest', ${digestOf(row)}, 'first', min(line) FILTER (WHERE n = 1))
FROM (SELECT row_number() OVER () AS n, (q.*)::text AS line FROM (
${query}
) AS q) AS t;
`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** `public.Exams`, exactly as it is spelled. */
function quoted(name: string): string {
  return name
    .split(".")
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join(".");
}
