import type { Entry } from "../model/event.ts";
import type { Clock } from "../ports/clock.ts";
import type { Store } from "./store.ts";

const POLL_MS = 100;

export interface Watching {
  readonly store: Store;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly read: (after: number) => readonly Entry[];
}

/** Yields entries as they come, asking the database only whether anything was written at all while nothing was. */
export async function* watchFrom(after: number, watching: Watching): AsyncGenerator<Entry> {
  const { store, clock, signal, read } = watching;
  let seen = after;
  let state = "";
  while (!signal.aborted) {
    const now = stateOf(store);
    if (now === state) {
      // oxlint-disable-next-line no-await-in-loop
      await clock.sleep(POLL_MS, signal);
      continue;
    }
    state = now;
    for (const entry of read(seen)) {
      if (signal.aborted) return;
      seen = entry.seq;
      yield entry;
    }
  }
}

/** Changes when anybody has written. data_version counts the other connections, `writes` our own. */
function stateOf(store: Store): string {
  const row = store.database.prepare("PRAGMA data_version").get();
  return `${String(row?.["data_version"])} ${store.writes}`;
}
