import { readAddress, unreadable } from "../address.ts";
import { isHost, showPlace } from "../../inside.ts";
import type { PostgresSpec } from "../spec.ts";

/** How a database is reached, in the words that every PostgreSQL tool reads from its environment: nothing of it stands among arguments. */
export interface Connection {
  readonly database: string;
  /** The database from which others are made and renamed. */
  readonly maintenance: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What a URL may say behind its question mark, with the variable that says the same. */
const PARAMETERS: Readonly<Record<string, string>> = {
  host: "PGHOST",
  port: "PGPORT",
  user: "PGUSER",
  password: "PGPASSWORD",
  sslmode: "PGSSLMODE",
  sslrootcert: "PGSSLROOTCERT",
  sslcert: "PGSSLCERT",
  sslkey: "PGSSLKEY",
  channel_binding: "PGCHANNELBINDING",
  gssencmode: "PGGSSENCMODE",
  target_session_attrs: "PGTARGETSESSIONATTRS",
  connect_timeout: "PGCONNECT_TIMEOUT",
  application_name: "PGAPPNAME",
  options: "PGOPTIONS",
};

const SCHEMES = ["postgres", "postgresql"] as const;
const EVERY = { PGCONNECT_TIMEOUT: "10", PGAPPNAME: "seaworthy", PGCLIENTENCODING: "UTF8" };

/** Reads a connection. Fault `backup-url`. */
export function connectionOf(spec: PostgresSpec): Connection {
  const { maintenance } = spec;
  const url = spec.url === undefined ? { env: {}, database: undefined } : readUrl(spec.url);
  const own: Record<string, string> = {};
  if (spec.host !== undefined) own["PGHOST"] = spec.host;
  if (spec.port !== undefined) own["PGPORT"] = String(spec.port);
  if (spec.user !== undefined) own["PGUSER"] = spec.user;
  if (spec.password !== undefined) own["PGPASSWORD"] = spec.password;
  const database = spec.database ?? url.database;
  if (database === undefined || database === "")
    throw unreadable("it names no database", "postgres");
  return { database, maintenance, env: { ...EVERY, ...url.env, ...own } };
}

/** Which database, in words by which every step calls it. */
export function databaseName({ in: where }: PostgresSpec, { database, env }: Connection): string {
  const { PGHOST: host, PGPORT: port = USUAL_PORT } = env;
  const machine = host === undefined || isLoopback(host) ? undefined : host;
  const isPart = where !== undefined && !isHost(where);
  // Another machine's database is the same whichever host asks for it.
  const near = where && isHost(where) ? showPlace(where) : (host ?? "this machine");
  const place = [
    ...(isPart ? [`in ${showPlace(where)}`] : []),
    ...(isPart && machine === undefined ? [] : [`on ${machine ?? near}`]),
    // Another server of the same machine is another database.
    ...(port === USUAL_PORT ? [] : [`at port ${port}`]),
  ];
  return `PostgreSQL database ${database} ${place.join(" ")}`;
}

const USUAL_PORT = "5432";

/** Seen from inside of a part, its own server by whatever way. */
function isLoopback(host: string): boolean {
  return host.startsWith("/") || ["localhost", "127.0.0.1", "::1"].includes(host);
}

function readUrl(text: string): {
  readonly env: Record<string, string>;
  readonly database: string;
} {
  const { host, port, user, password, database, parameters } = readAddress(text, SCHEMES);
  const given = { PGHOST: host, PGPORT: port, PGUSER: user, PGPASSWORD: password };
  const env: Record<string, string> = {};
  for (const [variable, value] of Object.entries(given)) if (value !== "") env[variable] = value;
  for (const [name, value] of parameters) {
    const variable = PARAMETERS[name];
    // What frameworks add for themselves (schema, connection_limit …) means nothing to these tools.
    if (variable !== undefined) env[variable] = value;
  }
  return { env, database: database || (parameters.get("dbname") ?? "") };
}
