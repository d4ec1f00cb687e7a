import type { Release } from "../../../model/release.ts";
import { Fault } from "../../../model/failure.ts";
import type { Work } from "../../../ports/step-kind.ts";
import type { BackupWorld } from "../tools.ts";

export type Stopper = BackupWorld & Pick<Work<unknown>, "note" | "facts">;

/** The fact in which a release is kept while it does not run: after a crash it is what must be started again. */
const STOPPED = "stopped";

/** Does it while nothing of the target runs; what ran before runs again afterwards, however it went. */
export async function whileStopped<T>(
  work: Stopper,
  target: string,
  deed: (release: Release) => Promise<T>,
): Promise<T> {
  const driver = work.driver(target);
  if (!driver.stop)
    throw new Fault({
      code: "not-stoppable",
      what: `The driver of ${target} can't stop what runs there and start it again.`,
      fix: "Leave `while: stopped` and `restore_on_rollback` out: files are put back only where nothing has them open.",
    });
  const release = (await driver.current(work.act())) ?? stoppedRelease(work);
  if (release === undefined)
    throw new Fault({
      code: "nothing-to-stop",
      what: `Nothing runs on ${target}, so it can't be said which release shall be started again.`,
      fix: "Deploy a release first.",
    });
  await work.note({ [STOPPED]: { ...release } });
  try {
    await driver.stop(work.act());
    return await deed(release);
  } finally {
    await driver.activate(release, work.act());
    await work.note({ [STOPPED]: null });
  }
}

/** What an attempt that a crash ended has stopped and not started again. */
export function stoppedRelease({ facts }: Pick<Stopper, "facts">): Release | undefined {
  const noted = facts[STOPPED];
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- noted as such, above
  return noted === null || noted === undefined ? undefined : (noted as unknown as Release);
}
