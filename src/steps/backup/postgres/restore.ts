import { Fault } from "../../../model/failure.ts";
import { hasPassed } from "../../kept.ts";
import type { Aside, PutBack } from "../engine.ts";
import { refused } from "../tools.ts";
import { countIn, fill, type Postgres } from "./server.ts";
import * as sql from "./sql.ts";

/**
 * Restores beside the live database, then lets both change names in one transaction: who connects sees the one or the
 * other, whole. The replaced one can't be written to any more; it goes into the file, and only then away.
 */
export async function putBackPostgres(
  server: Postgres,
  file: string | undefined,
  aside: Aside,
): Promise<PutBack> {
  const { mark, work, psql, connection } = server;
  const { database } = connection;
  const old = `${mark}_old_${work.run.id}`;
  // A crash may have come between the change of names and the end: then the live one is the restored one already.
  if (!(await isThere(server, old))) {
    const fresh = `${mark}_fresh_${work.run.id}`;
    if (file !== undefined) await fill(server, fresh, file);
    const names = { variables: { database, fresh, old } };
    if (await isThere(server, database))
      await orAllow(server, () =>
        psql(
          file === undefined ? sql.TAKE_AWAY : sql.SWAP,
          "put the restored database in place",
          names,
        ),
      );
    else if (file !== undefined)
      await psql(sql.RENAME, "put the restored database in place", names);
  }
  const refusal = (await isThere(server, old)) ? await keepOld(server, old, aside) : [];
  return { tables: file === undefined ? [] : await countIn(server, database), refusal };
}

async function isThere({ psql }: Postgres, database: string): Promise<boolean> {
  const found = await psql(sql.EXISTS, "look for a database", { variables: { database } });
  return found.trim() !== "0";
}

/** Nobody may connect while the names change; when they could not be changed, everybody may again. */
async function orAllow(
  { psql, connection }: Postgres,
  deed: () => Promise<unknown>,
): Promise<void> {
  try {
    await deed();
  } catch (error) {
    const variables = { database: connection.database };
    await psql(sql.ALLOW, "let people connect again", { variables }).catch(() => undefined);
    throw error;
  }
}

/** It is removed only once it is whole in the file; where it can't be, it stays under its name. */
async function keepOld(server: Postgres, old: string, aside: Aside): Promise<readonly string[]> {
  const { psql, tools, spec } = server;
  try {
    await psql(sql.ALLOW, "read the replaced database", { variables: { database: old } });
    const argv = ["pg_dump", "--format=custom", "--no-password"] as const;
    await aside.keeping();
    const { from } = await tools.out({ argv, env: { PGDATABASE: old } }, aside.file);
    if (!hasPassed(from))
      throw refused(from, {
        tool: "pg_dump",
        deed: "keep the replaced data",
        code: "postgres-refused",
        place: spec.in,
      });
    await psql(sql.DROP, "remove the replaced database", { variables: { database: old } });
    return [];
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return [`The replaced data are in the database ${old} still: ${error.failure.what}`];
  }
}
