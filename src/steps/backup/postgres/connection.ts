import { Fault } from "../../../model/failure.ts";
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
    throw unreadable("it names no database", "Write it as postgres://user:password@host/database.");
  return { database, maintenance, env: { ...EVERY, ...url.env, ...own } };
}

function readUrl(text: string): {
  readonly env: Record<string, string>;
  readonly database: string | undefined;
} {
  // Frameworks name the library behind the scheme: postgresql+psycopg2://.
  const url = URL.parse(text.replace(/^(postgres(?:ql)?)\+\w+:/, "$1:"));
  if (!url || !/^postgres(ql)?:$/.test(url.protocol))
    throw unreadable(
      "it is no postgres:// URL",
      "Write it as postgres://user:password@host/database.",
    );
  const env: Record<string, string> = {};
  const put = (name: string, value: string) => {
    if (value !== "") env[name] = decoded(value);
  };
  put("PGHOST", url.hostname.replace(/^\[(.*)\]$/, "$1"));
  put("PGPORT", url.port);
  put("PGUSER", url.username);
  put("PGPASSWORD", url.password);
  for (const [name, value] of url.searchParams) {
    const variable = PARAMETERS[name];
    // What frameworks add for themselves (schema, connection_limit …) means nothing to these tools.
    if (variable !== undefined) env[variable] = value;
  }
  const database = decoded(url.pathname.slice(1)) || url.searchParams.get("dbname");
  return { env, database: database ?? undefined };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw unreadable("a % in it is followed by no code", "Write a % in a password as %25.");
  }
}

/** The URL itself is not shown: a password is in it. */
function unreadable(why: string, fix: string): Fault {
  return new Fault({
    code: "backup-url",
    what: `The address of the database can't be used: ${why}.`,
    fix,
  });
}
