import type { Mask } from "../../lib/mask.ts";
import { Fault } from "../../model/failure.ts";
import type { Finished, Receipt } from "../../ports/shell.ts";
import { systemClock } from "../clock.ts";
import { enders } from "../enders.ts";
import { endGroup } from "../group.ts";
import { isRunning, type ProcessIdentity } from "../identity.ts";
import type { Pipes } from "../pipes.ts";
import { openOutcomes, type Outcomes } from "./outcomes.ts";
import { PATIENCE_MS, perform, type Stopped } from "./perform.ts";
import type { RunRequest } from "./protocol.ts";
import type { Kept, Receipts } from "./receipts.ts";

const LOOK_MS = 100;

/** A command of this keeper, from the request until its outcome is on disk. */
interface Going {
  readonly outcome: Promise<Finished>;
  stop(how: Stopped): void;
}

interface Given {
  readonly receipts: Receipts;
  readonly pipes: Pipes;
  readonly maskOf: (secrets: readonly string[]) => Mask;
}

interface World extends Given {
  readonly outcomes: Outcomes;
}

/** Starts keyed commands, each key once, and gives everybody who asks under that key the same outcome. */
export function openCommands(given: Given) {
  const world: World = { ...given, outcomes: openOutcomes(given.receipts) };
  const { outcomes } = world;
  const going = new Map<string, Going>();

  const run = (request: RunRequest, signal: AbortSignal): Promise<Finished> => {
    const mine = going.get(request.key) ?? begin(request, world);
    if (!going.has(request.key)) {
      going.set(request.key, mine);
      const forget = () => going.delete(request.key);
      mine.outcome.then(forget, forget);
    }
    return attach(mine, { timeoutMs: request.timeoutMs, signal });
  };
  const receipt = async (key: string): Promise<Receipt> =>
    going.has(key) ? { state: "running" } : receiptOf(await outcomes.read(key));
  const endAll = async () => {
    for (const one of going.values()) one.stop({ how: "cancelled" });
    await Promise.allSettled([...going.values()].map(({ outcome }) => outcome));
  };
  return { run, receipt, endAll, isBusy: () => going.size > 0 || outcomes.isBusy() };
}

/** Whoever attaches brings a deadline along; it holds even when they are gone. */
async function attach(
  mine: Going,
  limits: { timeoutMs: number; signal: AbortSignal },
): Promise<Finished> {
  const stop = enders(limits);
  void stop.wanted.then((how) => mine.stop(how));
  try {
    return await mine.outcome;
  } finally {
    stop.clear();
  }
}

function begin(request: RunRequest, world: World): Going {
  const { promise: stopped, resolve: stop } = Promise.withResolvers<Stopped>();
  const isStopped = { yet: false };
  const outcome = settle(request, world, { stopped, isStopped: () => isStopped.yet });
  return {
    outcome,
    stop: (how) => {
      isStopped.yet = true;
      stop(how);
    },
  };
}

interface Stop {
  readonly stopped: Promise<Stopped>;
  isStopped(): boolean;
}

async function settle(request: RunRequest, world: World, stop: Stop): Promise<Finished> {
  const kept = await world.outcomes.read(request.key);
  if (kept.state === "ended") return kept.finished;
  if (kept.state === "open") return outlive(request.key, kept, stop);
  if (stop.isStopped() || request.cancelled)
    return { ended: { how: "cancelled" }, tail: "", durationMs: 0 };

  const mask = world.maskOf(request.secrets);
  await world.receipts.started(request.key, {
    argv: request.command.argv.map((arg) => mask.text(arg)),
  });
  const finished = await perform(request, { ...world, mask, stopped: stop.stopped });
  await world.outcomes.keep(request.key, finished);
  return finished;
}

/** For what a keeper before us started: it can be waited for and ended, but how it ended only its parent could have known. */
async function outlive(
  key: string,
  kept: Extract<Kept, { state: "open" }>,
  stop: Stop,
): Promise<never> {
  const isEnded = kept.process !== undefined && (await outwait(kept.process, stop));
  throw new Fault({
    code: "command-lost",
    what: `The command ${key} was started, and ${isEnded ? "was ended now by us, after its keeper had died" : LOST}.`,
    fix: "Look on the machine at what it did, then decide whether it counts as done or is run again.",
  });
}

/** Whether it had to be ended. */
async function outwait(process: ProcessIdentity, stop: Stop): Promise<boolean> {
  while (await isRunning(process)) {
    if (stop.isStopped()) {
      await endGroup(process.pid, PATIENCE_MS);
      return true;
    }
    await systemClock.sleep(LOOK_MS);
  }
  return false;
}

const LOST = "its keeper died before it could write down how it ended";

async function receiptOf(kept: Kept): Promise<Receipt> {
  if (kept.state !== "open") return kept;
  if (kept.process !== undefined && (await isRunning(kept.process))) return { state: "running" };
  return { state: "lost", why: LOST };
}
