import { randomBytes } from "node:crypto";
import type { Lock } from "../ports/journal.ts";
import type { Environments } from "./environments.ts";
import { lockedByLock, notLocked, wrongLockId } from "./faults.ts";
import { checkEnvironment } from "./names.ts";
import { countChange, sealedTable } from "./sealed-table.ts";
import { reading, writing, type Store } from "./store.ts";

/** Locks that outlive their process. */
export interface Locks {
  add(lock: Omit<Lock, "id">): Lock;
  remove(environment: string, id: string): void;
  all(): readonly Lock[];
  /** Fault `environment-locked` when a lock stands in the way of this run. Called within a transaction. */
  refuse(environment: string, run: string): void;
}

export function openLocks(store: Store, environments: Environments): Locks {
  const rows = sealedTable<Lock>(store, "locks");
  return {
    add: (wish) =>
      writing(store, () => {
        checkEnvironment(wish.environment);
        const found = rows.get(wish.environment);
        if (found !== undefined && !isOfSameRun(found, wish)) throw lockedByLock(found);
        // A run that locks again, after a crash or a second failed rollback, has its lock already.
        const lock = found ?? { ...wish, id: randomBytes(4).toString("hex") };
        rows.put(lock.environment, lock);
        return { result: lock, changes: countChange(store) };
      }),
    remove: (environment, id) =>
      writing(store, () => {
        checkEnvironment(environment);
        const found = rows.get(environment);
        if (found === undefined) throw notLocked(environment);
        if (found.id !== id) throw wrongLockId(found, id);
        rows.remove(environment);
        environments.supersede(environment);
        return { result: undefined, changes: countChange(store) };
      }),
    all: () => reading(store, () => rows.all()),
    refuse(environment, run) {
      const found = rows.get(environment);
      if (found !== undefined && found.run !== run) throw lockedByLock(found);
    },
  };
}

function isOfSameRun(a: Pick<Lock, "run">, b: Pick<Lock, "run">): boolean {
  return a.run !== undefined && a.run === b.run;
}
