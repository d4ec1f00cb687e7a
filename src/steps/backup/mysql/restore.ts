import { Fault } from "../../../model/failure.ts";
import type { Aside, PutBack } from "../engine.ts";
import { countIn, createLike, dump, fill, isThere, type Mysql } from "./server.ts";
import * as sql from "./sql.ts";

/**
 * All live tables go into a schema of their own in one statement, then the copy is restored into the live one, then what
 * was moved goes into the file. Between the two nobody finds a table, so that nothing is written that would be lost.
 */
export async function putBackMysql(
  server: Mysql,
  file: string | undefined,
  aside: Aside,
): Promise<PutBack> {
  const { mark, work, ask, connection } = server;
  const { database } = connection;
  const old = `${mark}_old_${work.run.id}`;
  // A crash may have come after the tables were moved: what is in the live schema now is a restore that did not end.
  const isMoved = (await isThere(server, old)) && (await countIn(server, old)).length > 0;
  if (!isMoved && (await isThere(server, database))) {
    await createLike(server, old);
    await moveAway(server, old);
  }
  if (file !== undefined) await refill(server, file);
  else if (await isThere(server, database)) await ask(sql.drop(database), "remove the database");
  const refusal = (await isThere(server, old)) ? await keepOld(server, old, aside) : [];
  return { tables: file === undefined ? [] : await countIn(server, database), refusal };
}

async function moveAway({ ask, connection }: Mysql, old: string): Promise<void> {
  const { database } = connection;
  const found = await ask(sql.contents(database), "list the tables");
  const of = (wanted: string) =>
    found.filter(([, kind]) => kind === wanted).map(([name = ""]) => name);
  const triggers = (await ask(sql.triggers(database), "list the triggers")).map(
    ([name = ""]) => name,
  );
  const what = { tables: of("BASE TABLE"), views: of("VIEW"), triggers };
  const script = sql.moveAway(database, old, what);
  if (script !== "") await ask(script, "take the live tables out of the way");
}

async function refill(server: Mysql, file: string): Promise<void> {
  const { connection } = server;
  await createLike(server, connection.database);
  await fill(server, connection.database, file);
}

/** It is removed only once it is whole in the file; where it can't be, it stays under its name. */
async function keepOld(server: Mysql, old: string, aside: Aside): Promise<readonly string[]> {
  try {
    await aside.keeping();
    await dump(server, old, aside.file);
    await server.ask(sql.drop(old), "remove the replaced tables");
    return [];
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return [`The replaced data are in the database ${old} still: ${error.failure.what}`];
  }
}
