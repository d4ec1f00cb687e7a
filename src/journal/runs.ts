import { sha256 } from "../lib/digest.ts";
import type { Entry, Event } from "../model/event.ts";
import type { RunHead } from "../ports/journal.ts";
import { BEGINNING, chain, entryOf, flawOf, type Head, type Link } from "./chain.ts";
import type { Environments } from "./environments.ts";
import { damaged, moved, runExists, runUnknown } from "./faults.ts";
import { checkEnvironment, checkRunId } from "./names.ts";
import { countChange, sealedTable, type SealedTable } from "./sealed-table.ts";
import {
  execute,
  integerOf,
  reading,
  rowOf,
  rowsOf,
  textOf,
  writing,
  type Row,
  type Store,
} from "./store.ts";

export interface NewRun {
  readonly id: string;
  readonly environment: string;
  readonly plan: string;
  readonly createdAt: string;
}

/** A run as its row keeps it: the head, its place in the order of creation, and the hash its chain has come to. */
interface RunRow extends NewRun {
  readonly digest: string;
  readonly number: number;
  readonly length: number;
  readonly hash: string;
}

export interface Appending {
  readonly run: string;
  readonly after: number;
  readonly events: readonly Event[];
  readonly fence: number | undefined;
  readonly at: string;
}

/** The histories: creating, appending and reading them, with every link checked. */
export interface Runs {
  create(run: NewRun, snapshot: string): RunHead;
  append(appending: Appending): readonly Entry[];
  read(run: string, after: number): readonly Entry[];
  list(filter: { environment?: string; limit?: number }): readonly RunHead[];
  head(id: string): RunHead | undefined;
  snapshot(digest: string): string | undefined;
}

export function openRuns(store: Store, environments: Environments): Runs {
  const rows: Rows = sealedTable(store, "runs");
  const desk = { store, rows, environments };
  return {
    create: (run, snapshot) => writing(store, () => create(desk, run, snapshot)),
    append: (appending) => writing(store, () => append(desk, appending)),
    read: (run, after) => reading(store, () => readAfter(store, known(rows, run), after)),
    list: (filter) => reading(store, () => newest(rows, filter).map((row) => headOf(store, row))),
    head: (id) =>
      reading(store, () => {
        const row = rows.get(id);
        return row === undefined ? undefined : headOf(store, row);
      }),
    snapshot: (digest) => reading(store, () => readSnapshot(desk, digest)),
  };
}

type Rows = SealedTable<RunRow>;

interface Desk {
  readonly store: Store;
  readonly rows: Rows;
  readonly environments: Environments;
}

function create({ store, rows }: Desk, run: NewRun, snapshot: string) {
  const { id, environment, plan, createdAt } = run;
  checkRunId(id);
  checkEnvironment(environment);
  if (rows.get(id) !== undefined) throw runExists(id);
  const digest = sha256(snapshot);
  execute(
    store,
    "INSERT OR IGNORE INTO snapshots (digest, content) VALUES (?, ?)",
    digest,
    snapshot,
  );
  const number = rows.count() + 1;
  const row = { id, environment, plan, createdAt, digest, number, length: 0, hash: BEGINNING };
  rows.put(id, row);
  return { result: headOf(store, row), changes: countChange(store) };
}

function append({ store, rows, environments }: Desk, appending: Appending) {
  const { run, after, events, fence, at } = appending;
  const row = known(rows, run);
  if (fence !== undefined) environments.checkFence(row.environment, fence);
  if (row.length !== after) throw moved(run, after, row.length);
  const links = chain({ run, length: row.length, hash: row.hash }, at, events);
  for (const link of links) insert(store, link);
  const hash = links.at(-1)?.hash ?? row.hash;
  rows.put(run, { ...row, length: after + links.length, hash });
  return { result: links.map(entryOf), changes: countChange(store) };
}

function known(rows: Rows, id: string): RunRow {
  const row = rows.get(id);
  if (row === undefined) throw runUnknown(id);
  return row;
}

function newest(rows: Rows, filter: { environment?: string; limit?: number }): readonly RunRow[] {
  const { environment, limit = Infinity } = filter;
  return rows
    .all()
    .filter((row) => environment === undefined || row.environment === environment)
    .toSorted((a, b) => b.number - a.number)
    .slice(0, limit);
}

function insert(store: Store, { run, seq, at, event, previous, hash }: Link): void {
  const sql = "INSERT INTO entries (run, seq, at, event, previous, hash) VALUES (?, ?, ?, ?, ?, ?)";
  execute(store, sql, run, seq, at, event, previous, hash);
}

function readAfter(store: Store, row: RunRow, after: number): readonly Entry[] {
  const { id: run, length } = row;
  if (after >= length) return [];
  let head = after <= 0 ? { run, length: 0, hash: BEGINNING } : headAt(store, run, after);
  const links = rowsOf(
    store,
    "SELECT * FROM entries WHERE run = ? AND seq > ? ORDER BY seq",
    run,
    head.length,
  );
  const entries: Entry[] = [];
  for (const found of links) {
    const link = linkOf(store, found);
    const flaw = flawOf(link, head);
    if (flaw !== undefined) throw damaged(store.path, `run ${run}: ${flaw}`);
    entries.push(entryOf(link));
    head = { run, length: link.seq, hash: link.hash };
  }
  checkEnd(store, row, head);
  return entries;
}

function checkEnd(store: Store, row: RunRow, head: Head): void {
  if (head.length !== row.length) {
    throw damaged(
      store.path,
      `run ${row.id} has ${head.length} entries, but ${row.length} were acknowledged`,
    );
  }
  if (head.hash !== row.hash) {
    throw damaged(
      store.path,
      `run ${row.id} does not end with the entry that was acknowledged last`,
    );
  }
}

/** The head that entry number `seq` left behind it. */
function headAt(store: Store, run: string, seq: number): Head {
  const row = rowOf(store, "SELECT hash FROM entries WHERE run = ? AND seq = ?", run, seq);
  if (row === undefined) throw damaged(store.path, `run ${run}: entry ${seq} is missing`);
  return { run, length: seq, hash: textOf(store, row, "hash") };
}

function headOf(store: Store, row: RunRow): RunHead {
  const { id, environment, plan, digest, createdAt, length } = row;
  const last = readAfter(store, row, length - 1).at(-1);
  return {
    id,
    environment,
    plan,
    digest,
    createdAt,
    length,
    ...(last === undefined ? {} : { last }),
  };
}

function linkOf(store: Store, row: Row): Link {
  return {
    run: textOf(store, row, "run"),
    seq: integerOf(store, row, "seq"),
    at: textOf(store, row, "at"),
    event: textOf(store, row, "event"),
    previous: textOf(store, row, "previous"),
    hash: textOf(store, row, "hash"),
  };
}

function readSnapshot({ store, rows }: Desk, digest: string): string | undefined {
  const row = rowOf(store, "SELECT content FROM snapshots WHERE digest = ?", digest);
  if (row === undefined) {
    const user = rows.all().find((run) => run.digest === digest);
    if (user === undefined) return undefined;
    throw damaged(store.path, `the plan snapshot of run ${user.id} is missing`);
  }
  const content = textOf(store, row, "content");
  if (sha256(content) === digest) return content;
  throw damaged(store.path, `the plan snapshot ${digest} does not have that sha256`);
}
