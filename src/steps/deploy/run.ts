import { Fault } from "../../model/failure.ts";
import type { Result } from "../../model/event.ts";
import type { Json } from "../../model/json.ts";
import type { Release } from "../../model/release.ts";
import type { Act, Driver } from "../../ports/driver.ts";
import type { Work } from "../../ports/step-kind.ts";
import { CHANGES_DATA, UNTOUCHED, untouchedIn } from "../backup/changes.ts";
import { keepText } from "../kept.ts";
import { LOG_MARK } from "../logs/mark.ts";
import { inProject } from "../places.ts";
import { isStagedApart } from "../stage/apart.ts";
import { commentary } from "./commentary.ts";
import type { DeploySpec } from "./spec.ts";
import { stateTable } from "./state-table.ts";

type DeployWork = Work<DeploySpec>;

/** Stages the release and lets it serve; what served before is noted first. */
export async function run(work: DeployWork): Promise<Result> {
  const { spec, release } = work;
  if (release === undefined) throw noRelease(spec.target);
  const driver = work.driver(spec.target);
  const serving = await driver.current(work.act());
  const previous = await notePrevious(work, { release, serving, driver });
  const isThere = serving?.id === release.id;
  const told = await commentary(work, "output", async (act) => {
    if (isThere) act.say(`${release.name} is already there; proving it again`);
    await driver.stage(release, inProject(work.project, spec.from ?? "."), act);
    await changing(work, () => driver.activate(release, hurry(act, spec.healthy_within)));
  });
  const facts = { previous: asJson(previous), release: asJson(release) };
  if (told.failure) return { ...told, outcome: "failed", failure: told.failure, facts };
  const parts = await driver.state(work.act());
  const state = await keepText(work, "state", stateTable(parts));
  return {
    outcome: "passed",
    summary: isThere
      ? `${release.name} was already there on ${spec.target}, and serves`
      : `${release.name} serves on ${spec.target}${previous ? `, in place of ${previous.name}` : ""}${counted(told.numbers)}`,
    facts,
    numbers: { parts: parts.length, ...told.numbers },
    evidence: [...told.evidence, ...state],
  };
}

/** From its beginning on the release's own processes may write; but not on hosts on which it was never begun. */
async function changing(work: DeployWork, activate: () => Promise<void>): Promise<void> {
  const isFirst = work.facts[CHANGES_DATA] !== true;
  const earlier = untouchedIn(work.facts);
  await work.note({ [CHANGES_DATA]: true, [UNTOUCHED]: [] });
  try {
    await activate();
  } catch (error) {
    const left = error instanceof Fault ? error.untouched : [];
    // What an earlier attempt has touched stays so.
    const untouched = left.filter((host) => isFirst || earlier.includes(host));
    if (untouched.length > 0) await work.note({ [UNTOUCHED]: untouched });
    throw error;
  }
}

/** What a driver that counts requests has counted while releases changed places. */
function counted(numbers: Readonly<Record<string, number>>): string {
  const { switched_requests: all, lost_requests: lost } = numbers;
  return all === undefined || lost === undefined ? "" : `; ${lost} of ${all} requests lost`;
}

/** What served before the run, and where the logs ended; asked once, for a second attempt would find the new release. */
async function notePrevious(
  work: DeployWork,
  { release, serving, driver }: { release: Release; serving: Release | undefined; driver: Driver },
): Promise<Release | undefined> {
  if ("previous" in work.facts) return fromJson(work.facts["previous"]);
  const mark = await driver.logMark?.(work.act());
  await work.note({
    previous: asJson(serving),
    release: asJson(release),
    ...(mark !== undefined && { [LOG_MARK]: mark }),
  });
  return serving;
}

export async function evidence(work: DeployWork): Promise<Result> {
  const driver = work.driver(work.spec.target);
  const kept = await Promise.allSettled([
    driver.state(work.act()).then((parts) => keepText(work, "state", stateTable(parts))),
    driver
      .logs({ maxBytes: work.step.keepBytes }, work.act())
      .then((text) => keepText(work, "logs", text)),
    driver.inspect?.(work.act()).then((text) => keepText(work, "inspect", text)) ?? [],
  ]);
  const pieces = kept.flatMap((each) => (each.status === "fulfilled" ? each.value : []));
  const refused = kept.find((each) => each.status === "rejected");
  if (refused === undefined) return { outcome: "passed", evidence: pieces };
  const { reason }: { reason: unknown } = refused;
  if (!(reason instanceof Fault)) throw reason;
  return { outcome: "error", failure: reason.failure, evidence: pieces };
}

export async function probe(work: DeployWork): Promise<Result> {
  const { target } = work.spec;
  const previous = fromJson(work.facts["previous"]);
  if (previous === undefined)
    return { outcome: "passed", summary: `nothing served on ${target} before` };
  await work.driver(target).ready(previous, work.act());
  return { outcome: "passed", summary: `${previous.name} is ready on ${target}` };
}

export async function undo(work: DeployWork): Promise<Result> {
  const { target } = work.spec;
  if (!("previous" in work.facts))
    return { outcome: "passed", summary: `nothing was done to ${target}` };
  const previous = fromJson(work.facts["previous"]);
  const release = fromJson(work.facts["release"]) ?? work.release;
  const driver = work.driver(target);
  const told = await commentary(work, "undo", async (act, keep) => {
    try {
      const stays = isStagedApart(work, target);
      if (previous === undefined)
        return await (stays && driver.stop ? driver.stop(act) : driver.retire(undefined, act));
      await driver.activate(previous, hurry(act, work.spec.healthy_within));
      if (release && release.id !== previous.id && !stays) await driver.retire(release, act);
    } finally {
      keep(`what runs now on ${target}:\n${await stateNow(driver, act)}`);
    }
  });
  const summary = previous
    ? `${previous.name} serves on ${target} again${counted(told.numbers)}`
    : `${target} is fresh again`;
  return told.failure
    ? { ...told, outcome: "failed", failure: told.failure }
    : { ...told, outcome: "passed", summary };
}

/** What was kept before the undo is the failing state: this is the one that people are left with. */
async function stateNow(driver: Driver, act: Act): Promise<string> {
  try {
    return stateTable(await driver.state(act));
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return `nobody can say: ${error.failure.what}\n`;
  }
}

export async function prove(work: DeployWork): Promise<Result> {
  const { target } = work.spec;
  if (!("previous" in work.facts))
    return { outcome: "passed", summary: `nothing was done to ${target}` };
  const previous = fromJson(work.facts["previous"]);
  const serving = await work.driver(target).current(work.act());
  if (serving?.id === previous?.id)
    return {
      outcome: "passed",
      summary: `${target} serves ${previous?.name ?? "nothing"}, as before`,
    };
  return {
    outcome: "failed",
    failure: {
      code: "previous-not-back",
      what: `${target} serves ${serving?.id ?? "nothing"} after the rollback; before the run it was ${previous?.id ?? "nothing"}.`,
      fix: `Read the output of the rollback, bring ${previous?.id ?? "the target"} back by hand, then unlock the environment.`,
    },
  };
}

export async function accept(work: DeployWork): Promise<Result> {
  await work.driver(work.spec.target).settle(work.act());
  return { outcome: "passed" };
}

function hurry(act: Act, withinMs: number): Act {
  return { ...act, timeoutMs: Math.min(act.timeoutMs, withinMs) };
}

function asJson(release: Release | undefined): Json {
  if (release === undefined) return null;
  const { id, name, commit, ref } = release;
  return { id, name, ...(commit !== undefined && { commit }), ...(ref !== undefined && { ref }) };
}

/** Facts hold what `asJson` wrote, and nothing else. */
function fromJson(fact: Json | undefined): Release | undefined {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by asJson
  return fact === null || fact === undefined ? undefined : (fact as unknown as Release);
}

function noRelease(target: string): Fault {
  return new Fault({
    code: "no-release",
    what: `No step has said which release goes onto ${target}.`,
    fix: 'Put a checkout before the deploy: `- checkout: { tag: "${TAG}" }`.',
  });
}
