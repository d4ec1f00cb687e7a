import { sha256 } from "../../../lib/digest.ts";
import type { OnHost } from "../../inside.ts";
import { hasPassed } from "../../kept.ts";
import type { Tables } from "../engine.ts";
import type { MysqlSpec } from "../spec.ts";
import { openTools, refused, type BackupWorld, type Tools } from "../tools.ts";
import { connectionOf, type Connection } from "./connection.ts";
import * as sql from "./sql.ts";

/** The server of one schema, and how it is spoken to. */
export interface Mysql {
  readonly work: BackupWorld;
  readonly spec: MysqlSpec;
  readonly tools: Tools;
  readonly connection: Connection;
  /** What the names of schemas that we make begin with: nobody else's begin so. */
  readonly mark: string;
  /** Asks the client; hands back the fields of each line. */
  readonly ask: (script: string, deed: string) => Promise<readonly (readonly string[])[]>;
}

/** Opens the way to a server; nothing is connected before it is needed. */
export function openServer(spec: MysqlSpec, work: BackupWorld, keeper?: OnHost): Mysql {
  const connection = connectionOf(spec);
  const tools = openTools(work, {
    in: spec.in,
    env: connection.env,
    code: "mysql-refused",
    keeper,
  });
  const owner = [work.store, work.run.environment, work.step.id, connection.database];
  const ask = async (script: string, deed: string) => {
    const argv = [await client(tools), ...connection.argv, ...CLIENT] as const;
    const said = await tools.ask({ argv, stdin: script }, deed);
    const lines = said.split("\n").filter((line) => line !== "");
    return lines.map((line) => line.split("\t").map(unescaped));
  };
  const mark = `seaworthy_${sha256(owner.join("\n")).slice(0, 10)}`;
  return { work, spec, tools, connection, mark, ask };
}

const CLIENT = ["--batch", "--skip-column-names", "--default-character-set=utf8mb4"] as const;
const DUMP = [
  "--single-transaction",
  "--quick",
  "--hex-blob",
  "--routines",
  "--triggers",
  "--skip-lock-tables",
  "--comments",
  "--default-character-set=utf8mb4",
] as const;

const CLIENTS = ["mariadb", "mysql"] as const;
const DUMPERS = ["mariadb-dump", "mysqldump"] as const;

/** MariaDB's newer packages have lost the old names, MySQL never had the new ones. */
async function client(tools: Tools, tool: "client" | "dump" = "client"): Promise<string> {
  const [first, second] = tool === "client" ? CLIENTS : DUMPERS;
  const found = await tools.look({ argv: [first, "--version"] });
  return hasPassed(found) ? first : second;
}

/** The client writes a tab, a line's end and a backslash in a name as two characters. */
function unescaped(field: string): string {
  const meant: Readonly<Record<string, string>> = { t: "\t", n: "\n", "0": "\0", "\\": "\\" };
  return field.replaceAll(/\\([tn0\\])/g, (_, letter: string) => meant[letter] ?? letter);
}

export async function isThere({ ask }: Pick<Mysql, "ask">, schema: string): Promise<boolean> {
  const [[found] = []] = await ask(sql.exists(schema), "look for the database");
  return found !== "0";
}

/** Writes a dump of a schema into a new file. */
export async function dump(server: Mysql, schema: string, to: string): Promise<void> {
  const { tools, connection, spec } = server;
  const program = await client(tools, "dump");
  const argv = [program, ...connection.argv, ...DUMP, "--", schema] as const;
  const { from } = await tools.out({ argv }, to);
  if (!hasPassed(from))
    throw refused(from, {
      tool: program,
      deed: "copy the database",
      code: "mysql-refused",
      place: spec.in,
    });
}

/** The rows of every table of a schema, all at one moment. */
export async function countIn({ ask }: Pick<Mysql, "ask">, schema: string): Promise<Tables> {
  const found = await ask(sql.contents(schema), "list the tables");
  const names = found.filter(([, kind]) => kind === "BASE TABLE").map(([name = ""]) => name);
  if (names.length === 0) return [];
  const counts = await ask(sql.count(schema, names), "count the rows");
  return names.map((name, index) => ({ name, rows: Number(counts[index]?.[0]) }));
}

/** Makes an empty schema with the character set of the one that is backed up. */
export async function createLike({ ask, connection }: Mysql, schema: string): Promise<void> {
  const [[characters = "utf8mb4", collation = "utf8mb4_general_ci"] = []] = await ask(
    sql.collation(connection.database),
    "ask for the character set",
  );
  const like = { characters, collation };
  await ask(sql.create(schema, { like }), "make a database to restore into");
}

/** Restores a dump into a schema. */
export async function fill(server: Mysql, schema: string, file: string): Promise<void> {
  const { tools, connection } = server;
  const argv = [
    await client(tools),
    ...connection.argv,
    "--default-character-set=utf8mb4",
    `--database=${schema}`,
  ] as const;
  await tools.into({ argv }, file, "restore the copy");
}
