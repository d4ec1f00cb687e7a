import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "../../lib/digest.ts";
import { Fault } from "../../model/failure.ts";
import { compareVersions } from "./versions.ts";

/** One numbered change of the database, as its files say. */
export interface Migration {
  /** `0007` */
  readonly version: string;
  readonly name: string;
  readonly up: string;
  /** Of the up file: an applied one may not change any more. */
  readonly sha256: string;
  readonly down?: string;
}

/** What the files are written for. */
export type Flavour = "sqlite" | "postgres";

const NUMBERED = /^(\d{1,14})_([\w-]+)\.(up|down)\.sql$/;
/** As Flyway names them: `V1.2__name.sql`, and `U1.2__name.sql` takes it back. */
const FLYWAY = /^([VU])(\d+(?:[._]\d+)*)__([\w. -]+)\.sql$/;
/** Words that would end the transaction in which a migration and its row belong together. */
const ENDS_TRANSACTION =
  /^\s*(begin\s*(;|transaction|immediate|deferred|exclusive)|commit\b|end\s+transaction|rollback\b|vacuum\b)/im;
/** Words of psql, not of SQL; only the end of a COPY's data is one that belongs there. */
const PSQL_WORD = /^\\(?!\.$)/m;
const LOOSE = /^\s*--\s*no transaction\s*$/im;

/** Whether the file says that it must not run inside a transaction. */
export function isLoose(sql: string): boolean {
  return LOOSE.test(sql);
}

interface Name {
  readonly version: string;
  readonly name: string;
  readonly way: "up" | "down";
  readonly style: "numbered" | "flyway";
}

/** Reads the migrations of a folder, in order. Fault `migrations-unusable` naming everything that is wrong with them. */
export async function readMigrations(
  folder: string,
  flavour: Flavour = "sqlite",
): Promise<readonly Migration[]> {
  const faults: string[] = [];
  const found = new Map<string, Pair>();
  for (const file of await list(folder)) {
    const named = nameOf(file);
    if (named === undefined) {
      faults.push(unnamed(file));
      continue;
    }
    const text = await readFile(join(folder, file), "utf8");
    faults.push(...unfit(text, flavour).map((why) => `${file} ${why}`));
    faults.push(...add(found, named, text));
  }
  const pairs = [...found].toSorted(([a], [b]) => compareVersions(a, b));
  faults.push(...contradictions(pairs));
  if (faults.length > 0) throw unusable(folder, faults);
  return pairs.map(([version, { name, up = "", down }]) => ({
    version,
    name,
    up,
    sha256: sha256(up),
    ...(down !== undefined && { down }),
  }));
}

interface Pair {
  readonly name: string;
  readonly style: Name["style"];
  readonly up?: string;
  readonly down?: string;
}

function add(found: Map<string, Pair>, { version, name, way, style }: Name, text: string) {
  const entry = found.get(version) ?? { name, style };
  found.set(version, { ...entry, [way]: text });
  return entry.name === name ? [] : [`${version} is used twice: ${entry.name} and ${name}`];
}

function contradictions(pairs: readonly (readonly [string, Pair])[]): string[] {
  const styles = new Set(pairs.map(([, { style }]) => style));
  const versions = pairs.map(([version]) => version);
  return [
    ...(styles.size > 1 ? ["two ways of naming are mixed"] : []),
    ...wrongNumbers(versions, !styles.has("flyway")),
    ...pairs.flatMap(([version, { name, up }]) =>
      up === undefined ? [`${version}_${name} has a down file and no up file`] : [],
    ),
    ...(pairs.length === 0 ? ["there is no NNNN_name.up.sql or V1__name.sql in it"] : []),
  ];
}

function nameOf(file: string): Name | undefined {
  const [, version, name, ending] = NUMBERED.exec(file) ?? [];
  if (version !== undefined && name !== undefined)
    return { version, name, way: ending === "up" ? "up" : "down", style: "numbered" };
  const [, kind, number, about] = FLYWAY.exec(file) ?? [];
  if (number === undefined || about === undefined) return undefined;
  const way = kind === "V" ? "up" : "down";
  return { version: number.replaceAll("_", "."), name: about, way, style: "flyway" };
}

function unnamed(file: string): string {
  return file.startsWith("R__")
    ? `${file} is a repeatable migration, which has no place in an order and no way back`
    : `${file} is not named NNNN_name.up.sql or NNNN_name.down.sql, nor V1__name.sql or U1__name.sql`;
}

function unfit(text: string, flavour: Flavour): string[] {
  const isFree = flavour === "postgres" && isLoose(text);
  const sql = withoutComments(flavour === "postgres" ? withoutBodies(text) : text);
  return [
    ...(!isFree && ENDS_TRANSACTION.test(sql)
      ? ["begins or ends a transaction itself; each file runs in one of its own"]
      : []),
    ...(flavour === "postgres" && PSQL_WORD.test(sql)
      ? ["holds a command of psql itself; only SQL is applied"]
      : []),
  ];
}

async function list(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith(".sql")).toSorted();
  } catch (error) {
    const why = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new Fault(
      {
        code: "migrations-missing",
        what: `The folder of migrations ${folder} can't be read: ${why}.`,
        fix: "Correct `sql`: it is relative to the checkout, or to the project file when there is none.",
      },
      { cause: error },
    );
  }
}

/** What stands between dollars is text: a procedure's own COMMIT ends no transaction of ours while it is created. */
function withoutBodies(sql: string): string {
  return sql.replace(/\$(\w*)\$[\s\S]*?\$\1\$/g, "''");
}

function withoutComments(sql: string): string {
  return sql.replace(/--[^\n]*/g, "").replace(/\/\*[\s\S]*?\*\//g, "");
}

function wrongNumbers(versions: readonly string[], isGapless: boolean): string[] {
  return versions.flatMap((version, at) => {
    const before = versions[at - 1];
    if (before === undefined) return [];
    if (compareVersions(before, version) === 0)
      return [`${before} and ${version} are the same number`];
    return !isGapless || Number(version) - Number(before) === 1
      ? []
      : [`between ${before} and ${version} a number is missing`];
  });
}

function unusable(folder: string, faults: readonly string[]): Fault {
  return new Fault({
    code: "migrations-unusable",
    what: `The migrations in ${folder} can't be used: ${faults.join("; ")}.`,
    fix: "Name them NNNN_name.up.sql and NNNN_name.down.sql, numbered without gaps, or V1__name.sql and U1__name.sql, and leave transactions to Seaworthy.",
  });
}
