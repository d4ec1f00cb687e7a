import type { Readable, Writable } from "node:stream";
import type { Mask } from "../lib/mask.ts";
import type { Finished } from "../ports/shell.ts";
import { follow, GRACE_MS, TAIL_BYTES } from "./follow.ts";
import { endGroup } from "./group.ts";
import { lastBytes, textOf } from "./last-bytes.ts";
import { launch, maskedEnd, type Launch } from "./launch.ts";
import type { Leash } from "./leash.ts";

export interface World {
  readonly mask: Mask;
  readonly leash: Leash;
}

type Ended = Finished["ended"];

/** A command at one end of a stream. */
export interface Child {
  readonly isStarted: boolean;
  readonly stdin: Writable | null | undefined;
  readonly stdout: Readable | null | undefined;
  readonly ended: Promise<Ended>;
  /** Ends it and all that it started; how it ended is then this, unless it does so by itself within the patience. */
  end(why: Ended, patienceMs?: number): Promise<void>;
  /** How it ended, with what it said. To be asked once it has ended. */
  finished(): Promise<Finished>;
}

const PATIENCE_MS = 5000;

/** Starts a command that bytes flow out of, or, `fed`, into. */
export function startChild(what: Launch, { mask, leash }: World, fed?: "fed"): Child {
  const began = performance.now();
  const { child, pid, ended } = launch(what, ["pipe", "pipe"], what.isWatched ? "fed" : fed);
  // What stands before the stream, or all of it.
  if ((fed || what.isWatched) && what.stdin !== undefined) child?.stdin?.write(what.stdin);
  const tail = lastBytes(TAIL_BYTES);
  const saying = [child?.stderr, ...(fed ? [child?.stdout] : [])].map((each) =>
    follow(each, mask, (bytes) => void tail.push(bytes)),
  );
  if (pid !== undefined) leash.tie(pid);
  let durationMs = 0;
  const own = ended.then((how) => {
    durationMs = Math.round(performance.now() - began);
    if (pid !== undefined) leash.untie(pid);
    return how;
  });
  let forced: Ended | undefined;
  return {
    isStarted: pid !== undefined,
    stdin: child?.stdin,
    stdout: child?.stdout,
    ended: own,
    async end(why, patienceMs = 0) {
      if (pid === undefined || (await isWithin(own, patienceMs))) return;
      forced = why;
      await endGroup(pid, PATIENCE_MS);
    },
    async finished() {
      const how = forced ?? (await own);
      const isQuiet = await isWithin(Promise.all(saying.map(({ done }) => done)), GRACE_MS);
      if (!isQuiet) for (const { stream } of saying) stream?.destroy();
      return { ended: maskedEnd(how, mask), tail: textOf(tail.bytes()), durationMs };
    },
  };
}

/** Whether it comes within so long; what has come already has. */
async function isWithin(what: Promise<unknown>, ms: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), ms);
  void what.then(() => resolve(true));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}
