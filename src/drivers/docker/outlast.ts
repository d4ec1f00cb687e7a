import { Fault } from "../../model/failure.ts";
import type { Act } from "../../ports/driver.ts";
import type { Setting } from "./setting.ts";

/** An engine that is restarted, or a link that broke, is back within seconds; a host that boots within a minute. */
const LONGEST_MS = 90_000;
const PAUSE_MS = 500;
const AWAY: ReadonlySet<string> = new Set(["engine-unreachable", "host-unreachable"]);

/** Does work that may be done again, once more when the engine or the link to it was away meanwhile. */
export async function outlast<Made>(
  { clock }: Setting,
  act: Act,
  work: (act: Act) => Promise<Made>,
): Promise<Made> {
  const deadline = clock.monotonic() + act.timeoutMs;
  let away: number | undefined;
  for (;;) {
    const now = clock.monotonic();
    try {
      return await work({ ...act, timeoutMs: Math.max(1, deadline - now) });
    } catch (error) {
      if (!(error instanceof Fault) || !AWAY.has(error.failure.code)) throw error;
      // What was away only at the end of long work has just gone.
      if (away === undefined || clock.monotonic() - now > LONGEST_MS) away = clock.monotonic();
      if (clock.monotonic() >= Math.min(deadline, away + LONGEST_MS)) throw error;
      act.say(`${error.failure.what} Trying again.`);
    }
    await clock.sleep(PAUSE_MS, act.signal);
    act.signal.throwIfAborted();
  }
}
