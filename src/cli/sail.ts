import type { Carried, Following } from "../actions/carry.ts";
import type { Workplace } from "../actions/workplace.ts";
import { EXIT } from "../model/exit.ts";
import type { Bridge, Common } from "./command.ts";
import { endWith } from "./failures.ts";
import { followAsEvents } from "./follow/events.ts";
import type { Follower } from "./follow/follower.ts";
import { followPlainly } from "./follow/plain.ts";
import { followOnScreen } from "./follow/screen.ts";
import { showResult } from "./result.ts";
import type { Terminal } from "./terminal.ts";

/** What an action gives back: a run that was carried, or an exit code when there was nothing to follow. */
type Sailed = Carried | { readonly exit: number };

/** Opens the project, follows what the action carries out in the way that was asked for, and shows the result. */
export async function sail(
  bridge: Bridge,
  options: Common,
  act: (workplace: Workplace, following: Following) => Promise<Sailed>,
): Promise<number> {
  const { terminal } = bridge;
  try {
    await using workplace = await bridge.open(options);
    const sailed = await followed(bridge, options, (following) => act(workplace, following));
    if (!("run" in sailed)) return sailed.exit;
    await showResult(terminal, { workplace, carried: sailed, options });
    return sailed.exit;
  } catch (error) {
    return endWith(terminal, error, Boolean(options.json ?? options.events));
  }
}

async function followed(
  bridge: Bridge,
  options: Common,
  act: (following: Following) => Promise<Sailed>,
): Promise<Sailed> {
  const { terminal } = bridge;
  const pause = new AbortController();
  using follower = followerFor(bridge, options);
  const off = terminal.onStop(() => stop(terminal, follower, pause));
  try {
    return await act({ pause: pause.signal, onEntry: (entry) => follower.entry(entry) });
  } finally {
    off();
  }
}

export function followerFor({ terminal, version }: Bridge, options: Common): Follower {
  if (options.events) return followAsEvents(terminal, version);
  return terminal.isScreen ? followOnScreen(terminal) : followPlainly(terminal);
}

/** Once: at the next safe point. Twice: now. Either way the run can be gone on with. */
function stop(terminal: Terminal, follower: Follower, pause: AbortController): void {
  if (pause.signal.aborted) {
    follower.say("! left at once; what was under way is settled on resume: seaworthy resume\n");
    follower[Symbol.dispose]();
    terminal.exit(EXIT.interrupted);
  }
  pause.abort();
  follower.say(
    "! stopping at the next safe point: what is under way ends, nothing new begins, and the run can be resumed. Ctrl-C again leaves at once.\n",
  );
}
