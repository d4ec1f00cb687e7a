import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { Fault } from "../model/failure.ts";
import type { Holder, Lease } from "../ports/journal.ts";
import type { Environments } from "./environments.ts";
import { lockedByHolder, lockedBySomebody, type Held } from "./faults.ts";
import { isHeld, takeKernelLock, type KernelLock } from "./kernel-lock.ts";
import type { Locks } from "./locks.ts";
import { checkEnvironment } from "./names.ts";
import { countChange } from "./sealed-table.ts";
import { reading, writing, type Store } from "./store.ts";

/** Who may write about which environment: the kernel says who lives, the fence who is newest. */
export interface Leases {
  take(environment: string, held: Held): Lease;
  holder(environment: string): Holder | undefined;
  takeOver(environment: string): void;
  /** Frees what this journal still holds. */
  close(): void;
}

interface Grip {
  readonly environment: string;
  readonly fence: number;
  readonly kernel: KernelLock;
}

export function openLeases(store: Store, environments: Environments, locks: Locks): Leases {
  // A lock that nobody refers to any more would be collected, and so freed.
  const grips = new Set<Grip>();
  const folder = join(dirname(store.path), "locks");
  const file = (environment: string, generation: number) =>
    join(folder, `${environment}.${generation}.db`);
  return {
    take(environment, held) {
      checkEnvironment(environment);
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const grip = acquire({ store, environments, locks, file }, environment, held);
      grips.add(grip);
      return {
        environment,
        fence: grip.fence,
        release: async () => {
          if (grips.delete(grip)) letGo(store, environments, grip);
        },
      };
    },
    holder(environment) {
      checkEnvironment(environment);
      const row = reading(store, () => environments.get(environment));
      if (row.held === undefined || !isHeld(file(environment, row.generation))) return undefined;
      const { run, by, pid, host } = row.held;
      return { run, by, pid, host };
    },
    takeOver(environment) {
      checkEnvironment(environment);
      writing(store, () => {
        environments.supersede(environment);
        return { result: undefined, changes: countChange(store) };
      });
    },
    close() {
      for (const { kernel } of grips) kernel.release();
      grips.clear();
    },
  };
}

interface World {
  readonly store: Store;
  readonly environments: Environments;
  readonly locks: Locks;
  readonly file: (environment: string, generation: number) => string;
}

/**
 * Takes the kernel's lock within the transaction that writes its owner down, so that whoever is refused finds the name
 * of the one who was not, and nobody takes the environment over in between.
 */
function acquire(
  { store, environments, locks, file }: World,
  environment: string,
  held: Held,
): Grip {
  let kernel: KernelLock | undefined;
  try {
    return writing(store, () => {
      const row = environments.get(environment);
      kernel = takeKernelLock(file(environment, row.generation));
      if (kernel === undefined) {
        throw row.held === undefined
          ? lockedBySomebody(environment)
          : lockedByHolder(environment, row.held);
      }
      // Only now: a holder that is alive says more than the lock that its run has as well.
      locks.refuse(environment, held.run);
      const fence = row.fence + 1;
      environments.put({ ...row, fence, held });
      return { result: { environment, fence, kernel }, changes: countChange(store) };
    });
  } catch (thrown) {
    kernel?.release();
    throw thrown;
  }
}

function letGo(
  store: Store,
  environments: Environments,
  { environment, fence, kernel }: Grip,
): void {
  try {
    writing(store, () => {
      const { held: _, ...row } = environments.get(environment);
      if (row.fence === fence) environments.put(row);
      return { result: undefined, changes: countChange(store) };
    });
  } catch (thrown) {
    // The name of the owner is a courtesy: without the kernel's lock it means nothing.
    if (!(thrown instanceof Fault)) throw thrown;
  } finally {
    kernel.release();
  }
}
