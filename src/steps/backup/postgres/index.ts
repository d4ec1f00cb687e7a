import { basename } from "node:path";
import { Fault } from "../../../model/failure.ts";
import type { Finished } from "../../../ports/shell.ts";
import { isHost, type OnHost } from "../../inside.ts";
import { lastLines } from "../../kept.ts";
import { databaseName } from "./connection.ts";
import { countRows, type Engine, type Tables } from "../engine.ts";
import type { PostgresSpec } from "../spec.ts";
import { refused, type BackupWorld, type Tools } from "../tools.ts";
import { putBackPostgres } from "./restore.ts";
import { countIn, fill, openServer, tablesOf, type Postgres } from "./server.ts";
import * as sql from "./sql.ts";
import { refuseOldClient } from "./versions.ts";

/** PostgreSQL: pg_dump in a snapshot in which the rows were counted too, tried out in a database made for that. */
export function postgres(spec: PostgresSpec, work: BackupWorld, keeper?: OnHost): Engine {
  const server = openServer(spec, work, keeper);
  const { connection, tools } = server;
  return {
    name: databaseName(spec, connection),
    ending: "pgdump",
    count: countRows,
    exists: () => exists(server),
    sweep: () => sweep(server),
    copy: (to) => copy(server, to),
    async check(file) {
      await refuseDamaged(tools, file);
      return undefined;
    },
    tryOut: (file) => tryOut(server, file),
    putBack: (file, aside) => putBackPostgres(server, file, aside),
  };
}

async function exists({ spec, work, connection, psql }: Postgres): Promise<boolean> {
  // Before the first release nothing of the target runs, its database no more than the rest.
  if (spec.in && !isHost(spec.in) && !(await work.driver(spec.in.target).current(work.act())))
    return false;
  const variables = { database: connection.database };
  const found = await psql(sql.EXISTS, "look for the database", { variables });
  return found.trim() !== "0";
}

async function sweep({ psql, mark }: Postgres): Promise<void> {
  const variables = { beginning: `${mark}_trial_` };
  const left = await psql(sql.NAMES, "look for what a crash left", { variables });
  for (const database of left.split("\n").filter((line) => line !== ""))
    await psql(sql.DROP, "remove what a crash left", { variables: { database } });
}

async function copy(server: Postgres, to: string): Promise<Tables | undefined> {
  const { tools, connection, work, spec } = server;
  await refuseOldClient(server);
  const tool = {
    argv: ["psql", "--no-psqlrc", "--no-password", "-A", "-t", "-f", "-"] as const,
    env: { PGDATABASE: connection.database },
    stdin: sql.DUMP,
  };
  const { from } = await tools.out(tool, to);
  const { tables, isWhole, words } = told(from);
  if (from.ended.how !== "exit" || from.ended.code !== 0 || !words.hasDumped)
    throw refused(
      { ...from, tail: words.rest },
      { tool: "pg_dump", deed: "copy the database", code: "postgres-refused", place: spec.in },
    );
  if (isWhole) return tables;
  work.progress("more tables than can be compared with those of the snapshot");
  return undefined;
}

/** What the dump's stderr tells: the counts, how pg_dump ended, and what else was said. */
function told({ tail }: Finished): {
  readonly tables: Tables;
  readonly isWhole: boolean;
  readonly words: { readonly hasDumped: boolean; readonly rest: string };
} {
  const lines = tail.split("\n");
  const counts = lines.filter((line) => line.startsWith('{"name"'));
  const ended = lines.find((line) => line.startsWith(sql.MARK));
  const rest = lines.filter((line) => !line.startsWith('{"name"') && !line.startsWith(sql.MARK));
  return {
    tables: tablesOf(counts),
    // The tail keeps the last 64 KiB: where it begins in the middle of something, counts are gone.
    isWhole: Buffer.byteLength(tail) < 60 * 1024,
    words: { hasDumped: ended?.endsWith(" 0") ?? false, rest: rest.join("\n") },
  };
}

/** Its list of contents must be readable, and then every byte of it. */
async function refuseDamaged(tools: Tools, file: string): Promise<void> {
  for (const words of [["--list"], ["--file=/dev/null"]] as const) {
    try {
      await tools.into({ argv: ["pg_restore", ...words] }, file, "read the copy");
    } catch (error) {
      if (!(error instanceof Fault) || error.failure.code !== "postgres-refused") throw error;
      throw damaged(file, error);
    }
  }
}

function damaged(file: string, cause: Fault): Fault {
  const said = lastLines(cause.failure.detail ?? "", 2);
  return new Fault(
    {
      code: "backup-damaged",
      what: `pg_restore can't read the copy ${basename(file)} to its end${said ? `: ${said}` : ""}.`,
      fix: "Run it again; if it stays so, see whether the disk is full or damaged, and whether the connection holds.",
    },
    { cause },
  );
}

async function tryOut(server: Postgres, file: string): Promise<Tables> {
  const { work, mark, psql } = server;
  const database = `${mark}_trial_${work.run.id}_${work.attempt}`;
  try {
    await fill(server, database, file);
    return await countIn(server, database);
  } finally {
    // What can't be removed now is removed by the next attempt.
    await psql(sql.DROP, "remove the trial database", { variables: { database } }).catch(
      () => undefined,
    );
  }
}
