import { Fault } from "../../model/failure.ts";
import type { Result } from "../../model/event.ts";
import type { Cleaning, Driver } from "../../ports/driver.ts";
import type { Work } from "../../ports/step-kind.ts";
import { confirm, keptBy } from "../backup/restore.ts";
import { commentary } from "../deploy/commentary.ts";
import type { CleanSpec } from "./spec.ts";

type CleanWork = Work<CleanSpec>;

/** Takes the target down; twice is once. */
export async function run(work: CleanWork): Promise<Result> {
  const { target, volumes, backup } = work.spec;
  const driver = work.driver(target);
  const clean = cleanOf(driver, target);
  if (volumes !== "none" && backup !== undefined) await confirmBackup(work, backup, driver);
  const cleaning: Cleaning = { volumes: volumes === "none" ? [] : volumes };
  let removed: readonly string[] = [];
  const told = await commentary(work, "output", async (act) => {
    removed = await clean(cleaning, act);
    for (const each of removed) act.say(`removed ${each}`);
  });
  const { evidence } = told;
  if (told.failure) return { outcome: "failed", failure: told.failure, evidence };
  return {
    outcome: "passed",
    summary:
      `nothing runs on ${target}; ${removed.length === 0 ? "there was nothing to remove" : `removed: ${removed.join(", ")}`}`.slice(
        0,
        500,
      ),
    facts: { removed: [...removed] },
    numbers: { removed: removed.length },
    evidence,
  };
}

function cleanOf(driver: Driver, target: string): NonNullable<Driver["clean"]> {
  const clean = driver.clean?.bind(driver);
  if (clean !== undefined) return clean;
  throw new Fault({
    code: "not-cleaned",
    what: `The driver of ${target} can't take a target down for good.`,
    fix: "Take this step out: the driver keeps no volumes.",
  });
}

/** Data go only when their copy is there, and is the very one that was verified. */
async function confirmBackup(work: CleanWork, backup: string, driver: Driver): Promise<void> {
  const kept = keptBy(work.factsOf(backup));
  if (kept.state === "copied") return confirm(kept, work);
  // Where nothing has ever run there was nothing to copy.
  const isFresh = kept.state === "missing" && (await driver.state(work.act())).length === 0;
  if (isFresh) return;
  throw new Fault({
    code: "clean-without-backup",
    what: `${backup} has copied nothing, and ${work.spec.target} may hold data.`,
    fix: "See why there is no backup. If the data may go, say so: `no_backup: …` in place of `backup`.",
  });
}
