import { canonicalJson } from "../lib/canonical.ts";
import { sha256 } from "../lib/digest.ts";
import { damaged } from "./faults.ts";
import { execute, rowOf, rowsOf, textOf, type Row, type Store } from "./store.ts";

type Table = "runs" | "environments" | "locks";

/** A table of small records by name, each sealed by its hash and all of them counted, so that none changes or goes unseen. */
export interface SealedTable<T> {
  get(name: string): T | undefined;
  put(name: string, record: T): void;
  remove(name: string): void;
  all(): readonly T[];
  count(): number;
}

interface Totals {
  readonly changes: number;
  readonly runs: number;
  readonly environments: number;
  readonly locks: number;
}

const NOTHING: Totals = { changes: 0, runs: 0, environments: 0, locks: 0 };

export function sealedTable<T>(store: Store, table: Table): SealedTable<T> {
  const all = () => {
    const rows = rowsOf(store, `SELECT name, content, seal FROM ${table}`);
    const expected = totals(store)[table];
    if (rows.length !== expected) {
      throw damaged(store.path, `${table} holds ${rows.length} records, not ${expected}`);
    }
    return rows.map((row) => unseal(store, table, row));
  };
  const get = (name: string) => {
    const row = rowOf(store, `SELECT name, content, seal FROM ${table} WHERE name = ?`, name);
    if (row !== undefined) return unseal(store, table, row);
    // A record may be missing because its name was damaged: the others tell.
    all();
    return undefined;
  };
  return {
    all,
    get,
    count: () => totals(store)[table],
    put(name, record) {
      if (get(name) === undefined) count(store, table, 1);
      write(store, table, { name, content: canonicalJson(record) });
    },
    remove(name) {
      if (get(name) === undefined) return;
      count(store, table, -1);
      execute(store, `DELETE FROM ${table} WHERE name = ?`, name);
    },
  };
}

/** Counts one more change and says how many there are; part of every write. */
export function countChange(store: Store): number {
  const now = totals(store);
  const changes = now.changes + 1;
  writeTotals(store, { ...now, changes });
  return changes;
}

function count(store: Store, table: Table, by: number): void {
  const now = totals(store);
  writeTotals(store, { ...now, [table]: now[table] + by });
}

function totals(store: Store): Totals {
  const row = rowOf(store, "SELECT name, content, seal FROM totals WHERE name = 'journal'");
  if (row !== undefined) return unseal(store, "totals", row);
  // Only a journal that was never written to has no totals.
  if (
    rowOf(store, "SELECT 1 AS found FROM runs UNION ALL SELECT 1 FROM environments") === undefined
  )
    return NOTHING;
  throw damaged(store.path, "its totals are missing");
}

function writeTotals(store: Store, content: Totals): void {
  write(store, "totals", { name: "journal", content: canonicalJson(content) });
}

function write(store: Store, table: string, row: { name: string; content: string }): void {
  const { name, content } = row;
  const sql = `INSERT INTO ${table} (name, content, seal) VALUES (?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET content = excluded.content, seal = excluded.seal`;
  execute(store, sql, name, content, sealOf(table, name, content));
}

function unseal(store: Store, table: string, row: Row) {
  const name = textOf(store, row, "name");
  const content = textOf(store, row, "content");
  if (textOf(store, row, "seal") !== sealOf(table, name, content)) {
    throw damaged(store.path, `the seal of ${JSON.stringify(name)} in ${table} does not fit`);
  }
  // The seal has said that this is the text that we wrote.
  return JSON.parse(content);
}

function sealOf(table: string, name: string, content: string): string {
  return sha256(`${table}\n${name}\n${content}`);
}
