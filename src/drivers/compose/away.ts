import { Fault } from "../../model/failure.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Act } from "../../ports/driver.ts";
import type { Docker } from "./docker.ts";

interface Patience {
  readonly docker: Docker;
  readonly clock: Clock;
  /** Of `clock.monotonic`. */
  readonly deadline: number;
  /** How long it may be away at most, 30 s unless told. */
  readonly longestMs?: number;
  readonly act: Act;
}

/** An engine that is restarted is back within seconds. */
const LONGEST_MS = 30_000;
const LOOK_MS = 250;
const ANSWER_MS = 5_000;

/** Does work that may be done again, once more when the engine was away meanwhile: restarted, or replaced by a newer one. */
export async function outlast<T>(patience: Patience, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const away = await awayBehind(patience, error);
      if (away === undefined) throw error;
      patience.act.say("the engine does not answer: waiting for it to come back");
      if (!(await comesBack(patience))) throw away;
      patience.act.say("the engine answers again: going on");
    }
  }
}

/** Whatever was refused: an engine that is about to go may still have said it. */
async function awayBehind(patience: Patience, error: unknown): Promise<Fault | undefined> {
  if (!(error instanceof Fault)) return undefined;
  return isAway(error) ? error : goneNow(patience);
}

async function comesBack(patience: Patience): Promise<boolean> {
  const { clock, act, longestMs = LONGEST_MS } = patience;
  const deadline = Math.min(patience.deadline, clock.monotonic() + longestMs);
  while (clock.monotonic() < deadline) {
    await clock.sleep(LOOK_MS, act.signal);
    act.signal.throwIfAborted();
    if ((await goneNow(patience)) === undefined) return true;
  }
  return false;
}

async function goneNow({ docker, act }: Patience): Promise<Fault | undefined> {
  try {
    const ask = ["version", "-f", "{{.Server.Version}}"];
    await docker.look(ask, act, { timeoutMs: ANSWER_MS });
    return undefined;
  } catch (error) {
    if (isAway(error)) return error;
    throw error;
  }
}

function isAway(error: unknown): error is Fault {
  return error instanceof Fault && error.failure.code === "engine-unreachable";
}
