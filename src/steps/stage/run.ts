import { Fault } from "../../model/failure.ts";
import type { Result } from "../../model/event.ts";
import type { Driver } from "../../ports/driver.ts";
import type { Work } from "../../ports/step-kind.ts";
import { commentary } from "../deploy/commentary.ts";
import { inProject } from "../places.ts";
import { STAGED, wasFirstDeploy } from "./apart.ts";
import type { StageSpec } from "./spec.ts";

type StageWork = Work<StageSpec>;

/** Puts the release in place; what is there already stays. */
export async function run(work: StageWork): Promise<Result> {
  const { spec, release } = work;
  if (release === undefined)
    throw new Fault({
      code: "no-release",
      what: `No step has said which release is put in place on ${spec.target}.`,
      fix: 'Put a checkout before it: `- checkout: { tag: "${TAG}" }`.',
    });
  const driver = work.driver(spec.target);
  // What can't be asked can't be staged either, nor taken back: then nothing at all is begun.
  await driver.current(work.act());
  await work.note({ [STAGED]: true });
  const told = await commentary(work, "output", (act) =>
    driver.stage(release, inProject(work.project, spec.from ?? "."), act),
  );
  if (told.failure) return { outcome: "failed", failure: told.failure, evidence: told.evidence };
  return {
    outcome: "passed",
    summary: `${release.name} is in place on ${spec.target}`,
    facts: {},
    evidence: told.evidence,
  };
}

/** Removes what does not serve and was never accepted; after a first deploy, everything. */
export async function undo(work: StageWork): Promise<Result> {
  const { spec, release } = work;
  if (work.facts[STAGED] !== true)
    return { outcome: "passed", summary: `nothing was done to ${spec.target}` };
  const driver = work.driver(spec.target);
  if (wasFirstDeploy(work, spec.target)) return clear(work, driver);
  const serving = await driver.current(work.act());
  if (release === undefined || serving?.id === release.id)
    return { outcome: "passed", summary: `nothing to remove from ${spec.target}` };
  const told = await commentary(work, "undo", (act) => driver.retire(release, act));
  if (told.failure) return { outcome: "failed", failure: told.failure, evidence: told.evidence };
  return {
    outcome: "passed",
    summary: `${release.name} does not serve on ${spec.target}; what was never accepted is gone`,
    evidence: told.evidence,
  };
}

/** The deploy has only stopped what it had started, so that its files could be worked in until now. */
async function clear(work: StageWork, driver: Driver): Promise<Result> {
  const told = await commentary(work, "undo", (act) => driver.retire(undefined, act));
  if (told.failure) return { outcome: "failed", failure: told.failure, evidence: told.evidence };
  const summary = `${work.spec.target} is fresh again`;
  return { outcome: "passed", summary, evidence: told.evidence };
}
