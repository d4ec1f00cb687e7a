import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "../../lib/digest.ts";
import { Fault } from "../../model/failure.ts";

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

const FILE = /^(\d{1,14})_([\w-]+)\.(up|down)\.sql$/;
/** Words that would end the transaction in which a migration and its row belong together. */
const ENDS_TRANSACTION =
  /^\s*(begin\s*(;|transaction|immediate|deferred|exclusive)|commit\b|end\s+transaction|rollback\b|vacuum\b)/im;

/** Reads the migrations of a folder, in order. Fault `migrations-unusable` naming everything that is wrong with them. */
export async function readMigrations(folder: string): Promise<readonly Migration[]> {
  const names = await list(folder);
  const faults: string[] = [];
  const found = new Map<string, { name: string; up?: string; down?: string }>();
  for (const file of names.filter((name) => name.endsWith(".sql"))) {
    const [, version, name, way] = FILE.exec(file) ?? [];
    if (version === undefined || name === undefined) {
      faults.push(`${file} is not named NNNN_name.up.sql or NNNN_name.down.sql`);
      continue;
    }
    const entry = found.get(version) ?? { name };
    if (entry.name !== name) faults.push(`${version} is used twice: ${entry.name} and ${name}`);
    const text = await readFile(join(folder, file), "utf8");
    if (ENDS_TRANSACTION.test(withoutComments(text)))
      faults.push(`${file} begins or ends a transaction itself; each file runs in one of its own`);
    found.set(version, { ...entry, [way === "up" ? "up" : "down"]: text });
  }
  const migrations = [...found].toSorted(([a], [b]) => Number(a) - Number(b));
  faults.push(...wrongNumbers(migrations.map(([version]) => version)));
  for (const [version, { name, up }] of migrations)
    if (up === undefined) faults.push(`${version}_${name} has a down file and no up file`);
  if (migrations.length === 0) faults.push("there is no NNNN_name.up.sql in it");
  if (faults.length > 0) throw unusable(folder, faults);
  return migrations.map(([version, { name, up = "", down }]) => ({
    version,
    name,
    up,
    sha256: sha256(up),
    ...(down !== undefined && { down }),
  }));
}

async function list(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).toSorted();
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

function withoutComments(sql: string): string {
  return sql.replace(/--[^\n]*/g, "").replace(/\/\*[\s\S]*?\*\//g, "");
}

function wrongNumbers(versions: readonly string[]): string[] {
  return versions.flatMap((version, at) => {
    const before = versions[at - 1];
    if (before === undefined) return [];
    const step = Number(version) - Number(before);
    if (step === 0) return [`${before} and ${version} are the same number`];
    return step === 1 ? [] : [`between ${before} and ${version} a number is missing`];
  });
}

function unusable(folder: string, faults: readonly string[]): Fault {
  return new Fault({
    code: "migrations-unusable",
    what: `The migrations in ${folder} can't be used: ${faults.join("; ")}.`,
    fix: "Name them NNNN_name.up.sql and NNNN_name.down.sql, numbered without gaps, and leave transactions to Seaworthy.",
  });
}
