import { systemClock } from "./clock.ts";
import { groupRuns } from "./identity.ts";

const FIRST_LOOK_MS = 10;
const SLOWEST_LOOK_MS = 100;
// A process in an uninterruptible wait does not die of KILL either; nobody shall wait for it for ever.
const AFTER_KILL_MS = 2000;

/** Ends a whole process group: TERM, after the patience KILL. Resolves when it is gone; false when even KILL left something. */
export async function endGroup(group: number, patienceMs: number): Promise<boolean> {
  signalGroup(group, "SIGTERM");
  // A stopped process would sleep through TERM.
  signalGroup(group, "SIGCONT");
  if (await isGoneWithin(group, patienceMs)) return true;
  signalGroup(group, "SIGKILL");
  return isGoneWithin(group, AFTER_KILL_MS);
}

/** Sends a signal to a process group that may be gone already. */
export function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // Gone, or not ours to signal: then `groupRuns` says so.
  }
}

async function isGoneWithin(group: number, ms: number): Promise<boolean> {
  const end = systemClock.monotonic() + ms;
  let look = FIRST_LOOK_MS;
  while (groupRuns(group)) {
    if (systemClock.monotonic() >= end) return false;
    await systemClock.sleep(Math.min(look, Math.max(1, end - systemClock.monotonic())));
    look = Math.min(look * 2, SLOWEST_LOOK_MS);
  }
  return true;
}
