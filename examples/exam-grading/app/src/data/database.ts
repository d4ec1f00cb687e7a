import type { Row } from "./rows.ts";

/** The database is not there, or can't be opened now. */
export class DatabaseUnavailable extends Error {}

/** What may be stored in a column. */
export type Value = string | number | Uint8Array | null;

/** Statements in SQL that both SQLite and PostgreSQL understand, with `?` where a value goes. */
export interface Statements {
  all(sql: string, ...values: readonly Value[]): Promise<readonly Row[]>;
  /** The first row, if there is one. */
  get(sql: string, ...values: readonly Value[]): Promise<Row | undefined>;
  /** How many rows it changed. */
  run(sql: string, ...values: readonly Value[]): Promise<number>;
}

/** Where everything is kept. Work may be done again after a conflict, so it does nothing but ask the database. */
export interface Database {
  /** The folder, beside `src`, of the migrations in this database's own words. */
  readonly migrations: string;
  read<T>(work: (db: Statements) => Promise<T>): Promise<T>;
  /** In one transaction: all of it or nothing. */
  write<T>(work: (db: Statements) => Promise<T>): Promise<T>;
  /** The versions of all migrations that were applied. */
  applied(): Promise<readonly number[]>;
  /** Several statements at once, without values: a migration. */
  script(sql: string): Promise<void>;
  close(): Promise<void>;
}
