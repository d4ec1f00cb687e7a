import { connectionOf } from "../backup/postgres/connection.ts";
import { PYTHON_SQLITE } from "./host-script.ts";
import { path, single, type Inquiry, type Told } from "./inquiry.ts";
import { firstLine } from "./judge.ts";
import { bad, good, type CheckOf, type Row } from "./row.ts";

/** Asks whether a database answers; signs in where a client for that is there. */
export function databaseInquiry({ database }: CheckOf<"database">): Inquiry {
  return /^postgres(?:ql)?(?:\+\w+)?:/.test(database) ? postgres(database) : sqlite(database);
}

function postgres(url: string): Inquiry {
  const { database, env } = connectionOf({ url, maintenance: "postgres" });
  const { PGHOST: host = "", PGPORT: port = "5432" } = env;
  const socket = host === "" || host.startsWith("/");
  const name = `database ${socket ? "" : `${host}${port === "5432" ? "" : `:${port}`}/`}${database}`;
  const words = Object.entries({ ...env, PGDATABASE: database }).map(
    ([key, each]) => `${key}=${each}`,
  );
  return single(name, ["postgres", socket ? "" : host, port, ...words], (told) =>
    judgePostgres(name, told),
  );
}

function judgePostgres(name: string, { code, said }: Told): Row {
  const [how = "", ...rest] = said.split("\n");
  if (code === 127)
    return bad(name, "no psql there", "Install it: apt-get install postgresql-client");
  if (code === 0)
    return good(
      name,
      how === "psql" ? `PostgreSQL ${rest[0]?.split(" ")[0]}` : "answers, not signed in",
    );
  return bad(
    name,
    whyNot(rest.join("\n")),
    "See that the server runs and listens there, that its pg_hba.conf and the firewall let this host in, and that the URL is right.",
  );
}

/** The client's own words, without those that say again who was asked. */
function whyNot(said: string): string {
  const after = /failed: (?:FATAL: +|error: )?(.+)$/m.exec(said)?.[1];
  return (after ?? firstLine(said).replace(/^.*?: /, "")) || "no answer";
}

function sqlite(file: string): Inquiry {
  const name = `database ${file}`;
  return single(name, ["sqlite", path(file), PYTHON_SQLITE], ({ code, said }) => {
    const why = NOT_READ[code];
    if (why !== undefined) return bad(name, why, "Correct the path, or let this user read it.");
    const [how = "", text = ""] = said.split("\n");
    if (how === "tables" && code === 0) {
      const tables = Number(text);
      return good(name, `SQLite, ${tables} ${tables === 1 ? "object" : "objects"}`);
    }
    if (how === "head" && text === "SQLite format 3") return good(name, "SQLite file");
    return bad(
      name,
      firstLine(text) || "no SQLite file",
      "See what the file is: file, sqlite3 FILE .schema",
    );
  });
}

const NOT_READ: Readonly<Record<number, string>> = {
  2: "missing",
  13: "not readable for this user",
  21: "a folder",
};
