import { readAddress, unreadable } from "../address.ts";
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
  if (database === undefined || database === "") throw unreadable("it names no database", "mysql");
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

const SCHEMES = ["mysql", "mariadb"] as const;

interface Read {
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
}

function readUrl(text: string): Read {
  const { host, port, user, password, database, parameters } = readAddress(text, SCHEMES);
  const socket = parameters.get("socket") ?? parameters.get("unix_socket") ?? "";
  return {
    ...(socket + host !== "" && { host: socket || host }),
    ...(port !== "" && { port: Number(port) }),
    ...(user !== "" && { user }),
    ...(password !== "" && { password }),
    database,
  };
}
