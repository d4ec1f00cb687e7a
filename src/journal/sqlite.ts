import type { Clock } from "../ports/clock.ts";
import type { Journal } from "../ports/journal.ts";
import { openEnvironments } from "./environments.ts";
import { openLeases } from "./leases.ts";
import { openLocks } from "./locks.ts";
import { openRuns } from "./runs.ts";
import { closeStore, openStore } from "./store.ts";
import { watchFrom } from "./watch.ts";

/**
 * The journal in `<folder>/journal.db`, shared by all processes of one machine.
 *
 * With `readOnly` nothing is created, migrated or written.
 */
export function openJournal(
  folder: string,
  { clock }: { readonly clock: Clock },
  { readOnly = false }: { readonly readOnly?: boolean } = {},
): Journal {
  const store = openStore(folder, readOnly);
  const environments = openEnvironments(store);
  const runs = openRuns(store, environments);
  const locks = openLocks(store, environments);
  const leases = openLeases(store, environments, locks);
  const at = () => new Date(clock.now()).toISOString();
  return {
    create: async (run, snapshot) => runs.create(run, snapshot),
    // oxlint-disable-next-line max-params -- the port's own shape
    append: async (run, after, events, options) =>
      runs.append({ run, after, events, fence: options?.fence, at: at() }),
    read: async (run, after = 0) => runs.read(run, after),
    watch: (run, after, signal) =>
      watchFrom(after, { store, clock, signal, read: (seen) => runs.read(run, seen) }),
    runs: async (filter = {}) => runs.list(filter),
    run: async (id) => runs.head(id),
    snapshot: async (digest) => runs.snapshot(digest),
    lease: async (environment, { run, by, pid, host }) =>
      leases.take(environment, { run, by, pid, host, since: at() }),
    holder: async (environment) => leases.holder(environment),
    lock: async (lock) => locks.add({ ...lock, since: at() }),
    unlock: async (environment, id) => locks.remove(environment, id),
    locks: async () => locks.all(),
    takeOver: async (environment) => leases.takeOver(environment),
    async close() {
      leases.close();
      closeStore(store);
    },
  };
}
