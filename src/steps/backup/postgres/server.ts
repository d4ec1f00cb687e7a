import { sha256 } from "../../../lib/digest.ts";
import type { OnHost } from "../../inside.ts";
import type { Tables } from "../engine.ts";
import type { PostgresSpec } from "../spec.ts";
import { openTools, type BackupWorld, type Tools } from "../tools.ts";
import { connectionOf, type Connection } from "./connection.ts";
import * as sql from "./sql.ts";

/** The server of one database, and how it is spoken to. */
export interface Postgres {
  readonly work: BackupWorld;
  readonly spec: PostgresSpec;
  readonly tools: Tools;
  readonly connection: Connection;
  /** What the names of databases that we make begin with: nobody else's begin so. */
  readonly mark: string;
  /** Asks a script of ours, with names as its variables; connected to the database itself only where it says so. */
  readonly psql: (script: string, deed: string, names?: Names) => Promise<string>;
}

interface Names {
  readonly on?: string;
  readonly variables?: Readonly<Record<string, string>>;
}

/** Opens the way to a server; nothing is connected before it is needed. */
export function openServer(spec: PostgresSpec, work: BackupWorld, keeper?: OnHost): Postgres {
  const connection = connectionOf(spec);
  const { env } = connection;
  const tools = openTools(work, { in: spec.in, env, code: "postgres-refused", keeper });
  const owner = [work.store, work.run.environment, work.step.id, connection.database];
  const psql = (script: string, deed: string, { on, variables = {} }: Names = {}) => {
    const given = Object.entries(variables).flatMap(([name, value]) => ["-v", `${name}=${value}`]);
    const tool = {
      argv: ["psql", "--no-psqlrc", "--no-password", "-A", "-t", ...given, "-f", "-"] as const,
      env: { PGDATABASE: on ?? connection.maintenance },
      stdin: script,
    };
    return tools.ask(tool, deed);
  };
  const mark = `seaworthy_${sha256(owner.join("\n")).slice(0, 10)}`;
  return { work, spec, tools, connection, mark, psql };
}

/** Reads what our own count prints, a line a table. */
export function tablesOf(lines: readonly string[]): Tables {
  return lines
    .filter((line) => line.trim() !== "")
    .map((line) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own query made this object
      const { name, rows } = JSON.parse(line) as { name: string; rows: number };
      return { name, rows };
    });
}

/** The rows of every table of a database of this server. */
export async function countIn({ psql }: Pick<Postgres, "psql">, on: string): Promise<Tables> {
  const said = await psql(sql.COUNT, `count the rows of ${on}`, { on });
  return tablesOf(said.split("\n"));
}

/** Makes a database like the one that is backed up, and restores a copy into it. */
export async function fill(server: Postgres, fresh: string, file: string): Promise<void> {
  const { psql, tools, connection } = server;
  await psql(sql.DROP, "make room", { variables: { database: fresh } });
  const variables = { fresh, like: connection.database };
  await psql(sql.CREATE, "make a database to restore into", { variables });
  const into = `dbname='${fresh.replaceAll(/[\\']/g, "\\$&")}'`;
  const argv = ["pg_restore", "--exit-on-error", "--no-password", "-d", into] as const;
  await tools.into({ argv }, file, "restore the copy");
}
