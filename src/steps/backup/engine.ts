import type { BackupSpec } from "./spec.ts";
import { sqlite } from "./sqlite/index.ts";

/** What is in a database or in a copy of one: the tables with their numbers of rows. */
export type Tables = readonly { readonly name: string; readonly rows: number }[];

/** One kind of database that can be backed up. */
export interface Engine {
  /** The ending of its backup files. */
  readonly ending: string;
  /** Whether there is a database at all. */
  exists(database: string): Promise<boolean>;
  /** Makes a copy of the database while it is in use. Hands back its tables at that moment, where they can be known. */
  copy(database: string, to: string, signal: AbortSignal): Promise<Tables | undefined>;
  /** Checks a copy from end to end. Fault `backup-damaged`. */
  check(copy: string, signal: AbortSignal): Promise<Tables>;
  /** Puts a copy in the place of a database (or of nothing), so that its users see it. */
  restore(copy: string, database: string, signal: AbortSignal): Promise<Tables>;
  /** Takes a database out of the way, into this file. */
  setAside(database: string, to: string): Promise<void>;
}

/** The registry: one line per kind of database; its name is the key in the spec. */
export const engines = { sqlite } as const satisfies Readonly<Record<string, Engine>>;

/** The database that the spec names, with its engine. */
export function chosen(spec: BackupSpec): { readonly engine: Engine; readonly database: string } {
  if (spec.sqlite !== undefined) return { engine: engines.sqlite, database: spec.sqlite };
  throw new TypeError("a backup without a database");
}
