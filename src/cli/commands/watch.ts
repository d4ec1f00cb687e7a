import { runStanding } from "../../actions/standings.ts";
import type { Workplace } from "../../actions/workplace.ts";
import { EXIT } from "../../model/exit.ts";
import { onGiven, type AddCommand, type Bridge, type Common } from "../command.ts";
import { endWith } from "../failures.ts";
import { showResult } from "../result.ts";
import { headOf, newestRun } from "../runs.ts";
import { followerFor } from "../sail.ts";

/** How often it is looked whether anybody still drives the run. */
const LOOK_MS = 1000;

/** `seaworthy watch [RUN]` */
export const addWatch: AddCommand = (program, bridge, done) => {
  const command = program
    .command("watch")
    .summary("follow a run that another process drives")
    .description(
      "Shows a run from its beginning and follows it until it ends, is held or is interrupted. Exits as the run does.",
    )
    .argument("[run]", "number of the run; the newest when left out");
  onGiven(command, done, async ({ words, common }) => {
    try {
      await using workplace = await bridge.open(common);
      return await watch(bridge, workplace, {
        run: words[0] ?? (await newestRun(workplace)),
        common,
      });
    } catch (error) {
      return endWith(bridge.terminal, error, Boolean(common.json ?? common.events));
    }
  });
};

async function watch(
  bridge: Bridge,
  workplace: Workplace,
  { run, common }: { run: string; common: Common },
): Promise<number> {
  await headOf(workplace, run);
  await followToItsEnd(bridge, workplace, { run, common });
  const stands = await runStanding(workplace, await headOf(workplace, run));
  const as = stands.is === "ended" || stands.is === "held" ? stands.is : "interrupted";
  const exit = stands.exit ?? (as === "held" ? EXIT.held : EXIT.interrupted);
  await showResult(bridge.terminal, { workplace, carried: { run, as, exit }, options: common });
  return exit;
}

/** Shows entries as they come until the run ends, nobody drives it any more, or the person has seen enough. */
async function followToItsEnd(
  bridge: Bridge,
  workplace: Workplace,
  { run, common }: { run: string; common: Common },
): Promise<void> {
  const over = new AbortController();
  const off = bridge.terminal.onStop(() => over.abort());
  using follower = followerFor(bridge, common);
  const still = untilStill(workplace, run, over);
  // Told below, where it is awaited.
  still.catch(() => undefined);
  try {
    for await (const entry of workplace.journal.watch(run, 0, over.signal)) {
      follower.entry(entry);
      if (entry.event.kind === "run-ended") over.abort();
    }
  } finally {
    off();
    over.abort();
    await still;
  }
}

/** Ends the watch when nobody drives the run any more. */
async function untilStill(workplace: Workplace, run: string, over: AbortController): Promise<void> {
  try {
    while (!over.signal.aborted) {
      await workplace.clock.sleep(LOOK_MS, over.signal);
      if (over.signal.aborted) return;
      const head = await workplace.journal.run(run);
      if (!head || (await runStanding(workplace, head)).is !== "running") over.abort();
    }
  } finally {
    // Without it nobody would notice the end of the run.
    over.abort();
  }
}
