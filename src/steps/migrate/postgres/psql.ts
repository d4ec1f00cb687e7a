import { Fault } from "../../../model/failure.ts";
import type { Command, Finished } from "../../../ports/shell.ts";
import type { Work } from "../../../ports/step-kind.ts";
import { insidePart, showPlace } from "../../inside.ts";
import { explain, hasPassed } from "../../kept.ts";
import type { MigrateSpec } from "../spec.ts";
import type { PostgresSpec } from "./spec.ts";

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

/** Runs SQL by psql, here or inside a part. Everything about the sign-in goes by the environment. */
export async function psql(
  work: PostgresWork,
  sql: string,
): Promise<Finished & { readonly stdout: string }> {
  const { spec, shell, signal, timeoutMs, project } = work;
  const { in: where } = spec.postgres;
  const command: Command = {
    argv: [...ARGV],
    ...(where === undefined && { cwd: project }),
    env: { ...environment(work), ...sessionEnvironment(work) },
    stdin: sql,
  };
  return shell.look(await insidePart(work, where, command), { timeoutMs, signal });
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

/** Which database, in words: those by which a backup step calls it, too. */
export function placeOf({ in: where, host, database }: PostgresSpec): string {
  return `PostgreSQL database ${database} ${where ? `in ${showPlace(where)}` : `on ${host ?? "this machine"}`}`;
}

/** By which the sessions of this step are known in pg_stat_activity, and how long they wait for locks. */
export function sessionEnvironment(work: Work<MigrateSpec>): Readonly<Record<string, string>> {
  const { lock_timeout } = work.spec;
  return {
    PGAPPNAME: applicationName(work),
    ...(lock_timeout !== undefined && { PGOPTIONS: `-c lock_timeout=${lock_timeout}` }),
  };
}

/** The same for every attempt and phase of this step in this run. */
export function applicationName({ run, step }: Pick<Work<MigrateSpec>, "run" | "step">): string {
  return `seaworthy ${run.id}/${step.id}`.slice(0, LONGEST_NAME);
}

function environment({ spec }: PostgresWork): Readonly<Record<string, string>> {
  const { host, port, user, database, password } = spec.postgres;
  return {
    ...(host !== undefined && { PGHOST: host }),
    ...(port !== undefined && { PGPORT: String(port) }),
    ...(user !== undefined && { PGUSER: user }),
    ...(password !== undefined && { PGPASSWORD: password }),
    PGDATABASE: database,
    PGCLIENTENCODING: "UTF8",
  };
}

/** A text as an SQL literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
