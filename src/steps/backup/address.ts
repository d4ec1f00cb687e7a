import { Fault } from "../../model/failure.ts";

/** Stands where a database's URL leaves its host out, which other URLs may not. */
const NOBODY = "nobody.invalid";

/** A database's URL, read. */
export interface Address {
  /** Empty when it names none. */
  readonly host: string;
  readonly port: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly parameters: URLSearchParams;
}

/** Reads `postgres://ana:secret@host/shop`, also with a framework's library behind the scheme: `postgresql+psycopg2://`. Fault `backup-url`. */
export function readAddress(text: string, schemes: readonly [string, ...string[]]): Address {
  const plain = text
    .replace(/^(\w+)\+\w+:/, "$1:")
    .replace(/^(\w+:\/\/[^/?#]*@)(?=[/?])/, `$1${NOBODY}`);
  const url = URL.parse(plain);
  if (!url || !schemes.includes(url.protocol.slice(0, -1)))
    throw unreadable(`it is no ${schemes[0]}:// URL`, schemes[0]);
  const decoded = (part: string) => {
    try {
      return decodeURIComponent(part);
    } catch {
      throw unreadable("a % in it is followed by no code (write %25 for a % itself)", schemes[0]);
    }
  };
  const host = url.hostname === NOBODY ? "" : url.hostname.replace(/^\[(.*)\]$/, "$1");
  return {
    host: decoded(host),
    port: url.port,
    user: decoded(url.username),
    password: decoded(url.password),
    database: decoded(url.pathname.slice(1)),
    parameters: url.searchParams,
  };
}

/** The URL itself is not shown: a password is in it. */
export function unreadable(why: string, scheme: string): Fault {
  return new Fault({
    code: "backup-url",
    what: `The address of the database can't be used: ${why}.`,
    fix: `Write it as ${scheme}://user:password@host/database.`,
  });
}
