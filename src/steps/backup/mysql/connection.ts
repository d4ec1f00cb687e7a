import { Fault } from "../../../model/failure.ts";
import type { MysqlSpec } from "../spec.ts";

/** How a database is reached: words for every tool, and the password in its environment. */
export interface Connection {
  readonly database: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** For people. */
  readonly host: string | undefined;
}

/** Reads a connection. Fault `backup-url`. */
export function connectionOf(spec: MysqlSpec): Connection {
  const url = spec.url === undefined ? {} : readUrl(spec.url);
  const host = spec.host ?? url.host;
  const port = spec.port ?? url.port;
  const user = spec.user ?? url.user;
  const password = spec.password ?? url.password;
  const database = spec.database ?? url.database;
  if (database === undefined || database === "") throw unreadable("it names no database");
  // A path is a socket. Without this word `localhost` would be one too.
  const isSocket = host?.startsWith("/") === true;
  const where = isSocket ? [`--socket=${host}`] : [`--host=${host}`, "--protocol=TCP"];
  const argv = [
    ...(host === undefined ? [] : where),
    ...(port === undefined ? [] : [`--port=${port}`]),
    ...(user === undefined ? [] : [`--user=${user}`]),
  ];
  return { database, argv, env: password === undefined ? {} : { MYSQL_PWD: password }, host };
}

interface Read {
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
}

function readUrl(text: string): Read {
  const url = URL.parse(text.replace(/^(mysql|mariadb)\+\w+:/, "$1:"));
  if (!url || !/^(mysql|mariadb):$/.test(url.protocol)) throw unreadable("it is no mysql:// URL");
  const socket = url.searchParams.get("socket") ?? url.searchParams.get("unix_socket");
  const host = socket ?? decoded(url.hostname.replace(/^\[(.*)\]$/, "$1"));
  return {
    ...(host !== "" && { host }),
    ...(url.port !== "" && { port: Number(url.port) }),
    ...(url.username !== "" && { user: decoded(url.username) }),
    ...(url.password !== "" && { password: decoded(url.password) }),
    database: decoded(url.pathname.slice(1)),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw unreadable("a % in it is followed by no code (a % in a password is written %25)");
  }
}

/** The URL itself is not shown: a password is in it. */
function unreadable(why: string): Fault {
  return new Fault({
    code: "backup-url",
    what: `The address of the database can't be used: ${why}.`,
    fix: "Write it as mysql://user:password@host/database.",
  });
}
