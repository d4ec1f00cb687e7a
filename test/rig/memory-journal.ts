import { sha256 } from "../../src/lib/digest.ts";
import { BEGINNING, chain, entryOf, flawOf, type Link } from "../../src/journal/chain.ts";
import * as faults from "../../src/journal/faults.ts";
import { checkEnvironment, checkRunId } from "../../src/journal/names.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { Holder, Journal, Lock, RunHead } from "../../src/ports/journal.ts";

/** What lives on when a process dies: the "disk" and the "kernel" that several journals share. */
export interface MemoryStore {
  readonly runs: Map<string, MemoryRun>;
  readonly snapshots: Map<string, string>;
  readonly environments: Map<string, MemoryEnvironment>;
  readonly locks: Map<string, Lock>;
  /** Called, and forgotten, when anything is written. */
  readonly waiting: Set<() => void>;
  lockIds: number;
}

interface MemoryRun {
  readonly head: Omit<RunHead, "length" | "last">;
  /** Public, so that a test can damage it. */
  readonly links: Link[];
}

interface MemoryEnvironment {
  fence: number;
  held?: { readonly details: faults.Held; readonly owner: object };
}

export function memoryStore(): MemoryStore {
  const maps = { runs: new Map(), snapshots: new Map(), environments: new Map(), locks: new Map() };
  return { ...maps, waiting: new Set(), lockIds: 0 };
}

/**
 * A journal without a disk for simulations, held to the same contract as the real one.
 *
 * Each journal over one store stands for a process; `die()` is its kill -9: what it held is free, what it wrote stays.
 */
export function memoryJournal(
  { clock }: { readonly clock: Clock },
  store: MemoryStore = memoryStore(),
): Journal & { die(): void } {
  const owner = {};
  const at = () => new Date(clock.now()).toISOString();
  const known = (id: string) => {
    const run = store.runs.get(id);
    if (run === undefined) throw faults.runUnknown(id);
    return run;
  };
  const environmentOf = (name: string) => {
    checkEnvironment(name);
    const found = store.environments.get(name) ?? { fence: 0 };
    store.environments.set(name, found);
    return found;
  };
  const supersede = (name: string) => {
    store.environments.set(name, { fence: environmentOf(name).fence + 1 });
  };
  const written = () => {
    const woken = [...store.waiting];
    store.waiting.clear();
    for (const wake of woken) wake();
  };
  const die = () => {
    for (const environment of store.environments.values()) {
      if (environment.held?.owner === owner) delete environment.held;
    }
  };
  return {
    die,
    async create(run, snapshot) {
      const { id, environment, plan, createdAt } = run;
      checkRunId(id);
      checkEnvironment(environment);
      if (store.runs.has(id)) throw faults.runExists(id);
      const digest = sha256(snapshot);
      store.snapshots.set(digest, snapshot);
      const kept = { head: { id, environment, plan, digest, createdAt }, links: [] };
      store.runs.set(id, kept);
      return headOf(kept);
    },
    async append(id, after, events, options) {
      const { head, links } = known(id);
      const { fence: current } = environmentOf(head.environment);
      const fence = options?.fence;
      if (fence !== undefined && fence < current) {
        throw faults.fenceStale(head.environment, fence, current);
      }
      if (fence !== undefined && fence > current) {
        throw faults.damaged("in memory", `fence ${fence} was never given out`);
      }
      if (links.length !== after) throw faults.moved(id, after, links.length);
      const hash = links.at(-1)?.hash ?? BEGINNING;
      const fresh = chain({ run: id, length: after, hash }, at(), events);
      links.push(...fresh);
      written();
      return fresh.map(entryOf);
    },
    read: async (id, after = 0) => readAfter(known(id), after),
    async *watch(id, after, signal) {
      const run = known(id);
      let seen = after;
      while (!signal.aborted) {
        for (const entry of readAfter(run, seen)) {
          if (signal.aborted) return;
          seen = entry.seq;
          yield entry;
        }
        if (run.links.length <= seen && !signal.aborted) await change(store, signal);
      }
    },
    async runs({ environment, limit = Infinity } = {}) {
      const newest = [...store.runs.values()].toReversed();
      const wanted = newest.filter(
        ({ head }) => environment === undefined || head.environment === environment,
      );
      return wanted.slice(0, limit).map(headOf);
    },
    async run(id) {
      const found = store.runs.get(id);
      return found === undefined ? undefined : headOf(found);
    },
    snapshot: async (digest) => store.snapshots.get(digest),
    async lease(name, holder) {
      const environment = environmentOf(name);
      if (environment.held) throw faults.lockedByHolder(name, environment.held.details);
      const lock = store.locks.get(name);
      if (lock !== undefined && lock.run !== holder.run) throw faults.lockedByLock(lock);
      const fence = (environment.fence += 1);
      const held = { details: { ...detailsOf(holder), since: at() }, owner };
      environment.held = held;
      return {
        environment: name,
        fence,
        release: async () => {
          if (environment.held === held) delete environment.held;
        },
      };
    },
    async holder(name) {
      const held = environmentOf(name).held;
      return held && detailsOf(held.details);
    },
    async lock(wish) {
      checkEnvironment(wish.environment);
      const found = store.locks.get(wish.environment);
      if (found !== undefined && (wish.run === undefined || found.run !== wish.run)) {
        throw faults.lockedByLock(found);
      }
      const lock = found ?? { ...wish, id: `lock-${(store.lockIds += 1)}`, since: at() };
      store.locks.set(wish.environment, lock);
      return lock;
    },
    async unlock(name, id) {
      checkEnvironment(name);
      const found = store.locks.get(name);
      if (found === undefined) throw faults.notLocked(name);
      if (found.id !== id) throw faults.wrongLockId(found, id);
      store.locks.delete(name);
      supersede(name);
    },
    locks: async () => [...store.locks.values()],
    takeOver: async (name) => supersede(name),
    close: async () => die(),
  };
}

function readAfter({ head, links }: MemoryRun, after: number) {
  let before = { run: head.id, length: after, hash: links[after - 1]?.hash ?? BEGINNING };
  return links.slice(after).map((link) => {
    const flaw = flawOf(link, before);
    if (flaw !== undefined) throw faults.damaged("in memory", `run ${head.id}: ${flaw}`);
    before = { run: head.id, length: link.seq, hash: link.hash };
    return entryOf(link);
  });
}

function headOf(run: MemoryRun): RunHead {
  const { head, links } = run;
  const last = links.at(-1);
  return { ...head, length: links.length, ...(last === undefined ? {} : { last: entryOf(last) }) };
}

function detailsOf({ run, by, pid, host }: Holder): Holder {
  return { run, by, pid, host };
}

function change(store: MemoryStore, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      store.waiting.delete(wake);
      signal.removeEventListener("abort", wake);
      resolve();
    };
    store.waiting.add(wake);
    signal.addEventListener("abort", wake, { once: true });
  });
}
