import { basename } from "node:path";
import { Fault } from "../../../model/failure.ts";
import { isHost, type OnHost, sayPlace, showPlace } from "../../inside.ts";
import { countRows, type Engine, type Tables } from "../engine.ts";
import { endsWith } from "../file-end.ts";
import type { MysqlSpec } from "../spec.ts";
import type { BackupWorld } from "../tools.ts";
import { putBackMysql } from "./restore.ts";
import { countIn, createLike, dump, fill, isThere, openServer, type Mysql } from "./server.ts";
import * as sql from "./sql.ts";

/** MySQL and MariaDB: a dump in one transaction, tried out in a schema made for that. */
export function mysql(spec: MysqlSpec, work: BackupWorld, keeper?: OnHost): Engine {
  const server = openServer(spec, work, keeper);
  const { connection } = server;
  const place = placeOf(spec, connection.host);
  return {
    name: `MySQL database ${connection.database}${place}`,
    ending: "sql",
    count: countRows,
    exists: () => exists(server),
    sweep: () => sweep(server),
    copy: (to) => copy(server, to),
    async check(file) {
      await refuseCut(server, file);
      return undefined;
    },
    tryOut: (file) => tryOut(server, file),
    putBack: (file, aside) => putBackMysql(server, file, aside),
  };
}

/** The last line of a whole dump. */
const LAST = "-- Dump completed";

function placeOf({ in: where }: MysqlSpec, host: string | undefined): string {
  if (where === undefined) return ` on ${host ?? "this machine"}`;
  return isHost(where) ? ` ${sayPlace(where)}` : ` in ${showPlace(where)}`;
}

async function exists({ ask, spec, work, connection }: Mysql): Promise<boolean> {
  // Before the first release nothing of the target runs, its database no more than the rest.
  if (spec.in && !isHost(spec.in) && !(await work.driver(spec.in.target).current(work.act())))
    return false;
  return isThere({ ask }, connection.database);
}

async function sweep({ ask, mark }: Mysql): Promise<void> {
  for (const [schema] of await ask(
    sql.beginningWith(`${mark}_trial_`),
    "look for what a crash left",
  ))
    if (schema !== undefined) await ask(sql.drop(schema), "remove what a crash left");
}

/** Nobody else can look at the dump's own snapshot, so the rows are counted before and after it: what stayed must be the same in it. */
async function copy(server: Mysql, to: string): Promise<Tables> {
  const { connection } = server;
  const before = await countIn(server, connection.database);
  await dump(server, connection.database, to);
  const after = await countIn(server, connection.database);
  const rows = new Map(after.map((each) => [each.name, each.rows]));
  return before.map((each) =>
    rows.get(each.name) === each.rows ? each : { ...each, isMoving: true as const },
  );
}

async function refuseCut({ tools }: Mysql, file: string): Promise<void> {
  if (endsWith(await tools.last(file, 512), LAST)) return;
  throw new Fault({
    code: "backup-damaged",
    what: `The copy ${basename(file)} does not end as a whole dump does.`,
    fix: "Run it again; if it stays so, see whether the disk is full or damaged, and whether the connection holds.",
  });
}

async function tryOut(server: Mysql, file: string): Promise<Tables> {
  const { ask, mark, work } = server;
  const schema = `${mark}_trial_${work.run.id}_${work.attempt}`;
  try {
    await ask(sql.drop(schema), "make room");
    await createLike(server, schema);
    await fill(server, schema, file);
    return await countIn(server, schema);
  } finally {
    // What can't be removed now is removed by the next attempt.
    await ask(sql.drop(schema), "remove the trial database").catch(() => undefined);
  }
}
