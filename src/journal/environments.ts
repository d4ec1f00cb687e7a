import { damaged, fenceStale, type Held } from "./faults.ts";
import { sealedTable } from "./sealed-table.ts";
import type { Store } from "./store.ts";

/** What is remembered of an environment from one owner to the next. */
export interface EnvironmentRow {
  readonly environment: string;
  /** Of the newest owner; 0 before the first. */
  readonly fence: number;
  /** Grows when the environment is taken from an owner that does not answer; names the lock file. */
  readonly generation: number;
  /** The newest owner, unless it has released. Alive only when the kernel lock says so as well. */
  readonly held?: Held;
}

/** Fences and generations of the environments. Called within a transaction. */
export interface Environments {
  get(environment: string): EnvironmentRow;
  put(row: EnvironmentRow): void;
  /** Fault `fence-stale` unless this fence is the newest. */
  checkFence(environment: string, fence: number): void;
  /** Leaves every owner until now behind. */
  supersede(environment: string): void;
}

export function openEnvironments(store: Store): Environments {
  const rows = sealedTable<EnvironmentRow>(store, "environments");
  const get = (environment: string) =>
    rows.get(environment) ?? { environment, fence: 0, generation: 0 };
  return {
    get,
    put: (row) => rows.put(row.environment, row),
    checkFence(environment, fence) {
      const { fence: current } = get(environment);
      if (fence < current) throw fenceStale(environment, fence, current);
      if (fence > current) {
        throw damaged(
          store.path,
          `"${environment}" is at fence ${current}, but ${fence} was given out`,
        );
      }
    },
    supersede(environment) {
      const { fence, generation } = get(environment);
      rows.put(environment, { environment, fence: fence + 1, generation: generation + 1 });
    },
  };
}
