import type { Carried, Following } from "../actions/carry.ts";
import type { Workplace } from "../actions/workplace.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { EXIT } from "../model/exit.ts";
import type { Ci } from "./ci/ci.ts";
import { tellEnd, tellFaults } from "./ci/tell.ts";
import { ciFor } from "./ci/where.ts";
import type { Bridge, Common } from "./command.ts";
import { endWith } from "./failures.ts";
import { followAsEvents } from "./follow/events.ts";
import type { Follower } from "./follow/follower.ts";
import { followPlainly } from "./follow/plain.ts";
import { followOnScreen } from "./follow/screen.ts";
import { showResult } from "./result.ts";
import { shelfFor, type Shelf } from "./shelf.ts";
import type { Terminal } from "./terminal.ts";

/** What an action gives back: a run that was carried, or an exit code when there was nothing to follow. */
type Sailed = (Carried | { readonly exit: number }) & {
  /** Faults of the project file: what kept the run from beginning, or only warnings. */
  readonly diagnostics?: readonly Diagnostic[];
};

/** Opens the project, follows what the action carries out in the way that was asked for, and shows the result. */
export async function sail(
  bridge: Bridge,
  options: Common,
  act: (workplace: Workplace, following: Following, claim: Shelf["claim"]) => Promise<Sailed>,
): Promise<number> {
  const ci = await ciFor(bridge, options);
  const terminal = ci.terminal(bridge.terminal, options);
  const aboard = { bridge: { ...bridge, terminal }, options, ci };
  try {
    await using workplace = await bridge.open(options);
    const shelf = shelfFor(aboard.bridge, options, workplace);
    const claim: Shelf["claim"] = (run) => shelf.claim(run);
    const sailed = await followed(aboard, (following) => act(workplace, following, claim));
    return await tell({ ...aboard, shelf }, workplace, sailed);
  } catch (error) {
    const exit = endWith(terminal, error, Boolean(options.json ?? options.events));
    await tellFaults({ ci, terminal }, exit, { error });
    return exit;
  }
}

interface Aboard {
  /** Its terminal is the one that the CI has nothing against. */
  readonly bridge: Bridge;
  readonly options: Common;
  readonly ci: Ci;
}

/** The result for people, then what the CI wants to know besides. */
async function tell(
  { bridge: { terminal }, options, ci, shelf }: Aboard & { readonly shelf: Shelf },
  workplace: Workplace,
  sailed: Sailed,
): Promise<number> {
  const { diagnostics = [], exit } = sailed;
  if (diagnostics.length > 0) terminal.err(workplace.showDiagnostics(diagnostics));
  if ("run" in sailed) {
    const copiedTo = await shelf.fill(sailed.run);
    await showResult(terminal, { workplace, carried: sailed, options, copiedTo });
    await tellEnd({ ci, terminal }, workplace, { carried: sailed, warnings: diagnostics });
  } else if (exit !== EXIT.accepted)
    await tellFaults({ ci, terminal }, exit, { diagnostics, project: workplace.project });
  else if (options.artifacts !== undefined)
    terminal.err(
      `· nothing was copied to ${options.artifacts}: another process carries the run out; when it has ended, seaworthy artifacts says where its files are\n`,
    );
  return exit;
}

async function followed(
  { bridge, options, ci }: Aboard,
  act: (following: Following) => Promise<Sailed>,
): Promise<Sailed> {
  const { terminal } = bridge;
  const pause = new AbortController();
  const plain = followerFor(bridge, options);
  using follower = options.events ? plain : ci.follow(plain);
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
