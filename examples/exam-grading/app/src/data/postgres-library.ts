import { existsSync } from "node:fs";
import type postgres from "postgres";

/** What is used of the library `postgres`. */
export type PostgresLibrary = typeof postgres;

/** Loads the library: the one that a release carries, or the installed package in a checkout. */
export async function loadPostgresLibrary(): Promise<PostgresLibrary> {
  const carried = new URL("../../vendor/postgres/src/index.js", import.meta.url);
  const library: { readonly default: PostgresLibrary } = await import(
    existsSync(carried) ? carried.href : "postgres"
  );
  return library.default;
}
