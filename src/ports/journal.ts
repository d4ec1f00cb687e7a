import type { Entry, Event } from "../model/event.ts";

/** Who holds, or wants to hold, an environment. */
export interface Holder {
  readonly run: string;
  readonly by: string;
  readonly pid: number;
  readonly host: string;
}

/** The right to write about one environment, gone with its owner. */
export interface Lease {
  readonly environment: string;
  /** Grows by one with each lease; targets and the journal refuse a lower one than they have seen. */
  readonly fence: number;
  release(): Promise<void>;
}

/** A lock that outlives its process: taken by a person, or left by a rollback that failed. */
export interface Lock {
  readonly environment: string;
  /** Needed to unlock, so that nobody unlocks what they have not looked at. */
  readonly id: string;
  readonly by: string;
  readonly reason: string;
  readonly since: string;
  /** The run that may go on in spite of the lock. */
  readonly run?: string;
}

/** One line about a run, enough to list it. */
export interface RunHead {
  readonly id: string;
  readonly environment: string;
  readonly plan: string;
  readonly digest: string;
  readonly createdAt: string;
  /** Entries written so far. */
  readonly length: number;
  /** The last entry, when there is one. */
  readonly last?: Entry;
}

/** The append-only truth about runs. A shared database can keep it as well as a file; one contract suite holds both to it. */
export interface Journal {
  /** Keeps a plan snapshot under its sha256 and opens an empty history. Durable when it resolves. Fault `run-exists`. */
  create(
    run: { id: string; environment: string; plan: string; createdAt: string },
    snapshot: string,
  ): Promise<RunHead>;
  /**
   * Appends all or nothing behind entry number `after`; durable on disk when it resolves.
   * Fault `journal-moved` when others wrote meanwhile (read on and decide again), `fence-stale` when the environment
   * has a newer owner, `journal-unwritable` when the disk says no (then stop).
   */
  append(
    run: string,
    after: number,
    events: readonly Event[],
    options?: { fence?: number },
  ): Promise<readonly Entry[]>;
  /** Entries with seq > after, in order, each checked against its hash. Fault `journal-damaged`. */
  read(run: string, after?: number): Promise<readonly Entry[]>;
  /** Yields entries with seq > after as they come, until the signal fires. */
  watch(run: string, after: number, signal: AbortSignal): AsyncIterable<Entry>;
  /** Newest first. */
  runs(filter?: { environment?: string; limit?: number }): Promise<readonly RunHead[]>;
  run(id: string): Promise<RunHead | undefined>;
  /** The plan snapshot with this digest, checked against it. */
  snapshot(digest: string): Promise<string | undefined>;
  /**
   * Takes the environment at once or throws Fault `environment-locked` naming the holder. The kernel frees it when
   * the process dies. A lock with another run's name refuses too.
   */
  lease(environment: string, holder: Holder): Promise<Lease>;
  /** Who holds the environment at this moment, if anybody alive does. */
  holder(environment: string): Promise<Holder | undefined>;
  lock(lock: Omit<Lock, "id" | "since">): Promise<Lock>;
  /** Ends the lock with this id and every lease older than now. Fault `not-locked`, `wrong-lock-id`. */
  unlock(environment: string, id: string): Promise<void>;
  locks(): Promise<readonly Lock[]>;
  /** Takes the environment from an owner that does not answer: its fence is stale from now on. */
  takeOver(environment: string): Promise<void>;
  close(): Promise<void>;
}
