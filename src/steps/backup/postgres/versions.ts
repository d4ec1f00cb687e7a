import { Fault } from "../../../model/failure.ts";
import { sayPlace } from "../../inside.ts";
import type { Postgres } from "./server.ts";
import { SERVER } from "./sql.ts";

/** pg_dump refuses a server that is newer than itself; that is said before anything is begun. */
export async function refuseOldClient({ tools, psql, spec, connection }: Postgres): Promise<void> {
  const said = await psql(SERVER, "ask for the server's version", { on: connection.database });
  const server = majorOfNumber(Number(said.trim()));
  const words = await tools.ask({ argv: ["pg_dump", "--version"] }, "say its version");
  const client = /(\d+)(?:\.(\d+))?/.exec(words);
  if (client === null || Number.isNaN(server)) return;
  const ours = Number(client[1]) >= 10 ? Number(client[1]) : Number(`${client[1]}.${client[2]}`);
  if (ours >= server) return;
  const where = spec.in ? sayPlace(spec.in) : "on this machine";
  throw new Fault({
    code: "backup-client-old",
    what: `The server is PostgreSQL ${server}, and pg_dump ${where} is of PostgreSQL ${ours}: it can't read a newer server.`,
    fix: `Install the client of PostgreSQL ${server} ${where}, or let the database's own part do it: \`in: stack/db\`.`,
  });
}

/** 150003 is 15, 90624 is 9.6. */
function majorOfNumber(number: number): number {
  return number >= 100_000
    ? Math.trunc(number / 10_000)
    : Math.trunc(number / 10_000) + Math.trunc((number % 10_000) / 100) / 10;
}
