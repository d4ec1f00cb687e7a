import { Fault } from "../../../model/failure.ts";
import type { Command, Finished } from "../../../ports/shell.ts";
import type { Work } from "../../../ports/step-kind.ts";
import { connectionOf, databaseName } from "../../backup/postgres/connection.ts";
import type { PostgresSpec } from "../../backup/spec.ts";
import { insidePart, shellAt } from "../../inside.ts";
import { explain, hasPassed } from "../../kept.ts";
import type { MigrateSpec } from "../spec.ts";

const ARGV = ["psql", "-X", "-q", "-A", "-t", "-w", "-v", "ON_ERROR_STOP=1", "-f", "-"] as const;
/** Longest name of an application that PostgreSQL keeps. */
const LONGEST_NAME = 63;

/** A Work whose database is a PostgreSQL one. */
export type PostgresWork = Work<MigrateSpec> & {
  readonly spec: { readonly postgres: PostgresSpec };
};

export function hasPostgres(work: Work<MigrateSpec>): work is PostgresWork {
  return work.spec.postgres !== undefined;
}

/** Runs SQL by psql, here, inside a part or on a host. Everything about the sign-in goes by the environment. */
export async function psql(
  work: PostgresWork,
  sql: string,
): Promise<Finished & { readonly stdout: string }> {
  const { spec, signal, timeoutMs, project } = work;
  const { in: where } = spec.postgres;
  const { database, env } = connectionOf(spec.postgres);
  const command: Command = {
    argv: [...ARGV],
    ...(where === undefined && { cwd: project }),
    env: { ...env, PGDATABASE: database, ...sessionEnvironment(work, env["PGOPTIONS"]) },
    stdin: sql,
  };
  const placed = await insidePart(work, where, command);
  return shellAt(work, where).look(placed, { timeoutMs, signal });
}

/** Rows that psql was asked for, each a JSON value on a line of its own. */
export async function ask<Row>(work: PostgresWork, sql: string): Promise<readonly Row[]> {
  const finished = await psql(work, sql);
  if (!hasPassed(finished))
    throw new Fault(
      explain(
        finished,
        `Asking the database ${placeOf(work.spec.postgres)}`,
        "See that it runs and that `postgres` says where it is and who signs in.",
      ),
    );
  const lines = finished.stdout.split(/\r?\n/).filter((line) => line.startsWith("{"));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- made by our own SELECT
  return lines.map((line) => JSON.parse(line) as Row);
}

/** Which database, in the words of a backup step. */
export function placeOf(spec: PostgresSpec): string {
  return databaseName(spec, connectionOf(spec));
}

/** By which the sessions of this step are known in pg_stat_activity, and how long they wait for locks. */
export function sessionEnvironment(
  work: Work<MigrateSpec>,
  options = "",
): Readonly<Record<string, string>> {
  const { lock_timeout } = work.spec;
  return {
    PGAPPNAME: applicationName(work),
    ...(lock_timeout !== undefined && {
      PGOPTIONS: `${options} -c lock_timeout=${lock_timeout}`.trim(),
    }),
  };
}

/** The same for every attempt and phase of this step in this run. */
export function applicationName({ run, step }: Pick<Work<MigrateSpec>, "run" | "step">): string {
  return `seaworthy ${run.id}/${step.id}`.slice(0, LONGEST_NAME);
}

/** A text as an SQL literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
