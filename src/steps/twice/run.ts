import { Fault } from "../../model/failure.ts";
import type { Result } from "../../model/event.ts";
import type { Evidence } from "../../model/evidence.ts";
import { evidenceOf, explain, hasPassed, keepText, runKept } from "../kept.ts";
import { shellAt } from "../inside.ts";
import { lost, nameOf, placedCommand } from "../own-command.ts";
import { table } from "../table.ts";
import { lookAtAll, type TwiceWork } from "./looks.ts";
import { asJson, compareTraits, fromJson, type Difference, type Trait } from "./print.ts";

/** Does it, looks, does it again, looks again, and compares. */
export async function run(work: TwiceWork): Promise<Result> {
  const evidence: Evidence[] = [];
  const before = fromJson(work.facts["before"]) ?? (await begin(work, evidence));
  if (!isTraits(before)) return before;
  const empty = emptiness(before, work);
  if (empty) return { ...empty, evidence };
  const again = await carryOut(work, "again", evidence);
  if (again) return again;
  const after = await lookAtAll(work);
  return conclude(work, compareTraits(before, after), evidence);
}

export async function settle(work: TwiceWork): Promise<Result | "never started"> {
  // What was there is written down before anything is started.
  const first = await shellAt(work, work.spec.in).receipt(keyOf(work, "first"));
  const isBegun = fromJson(work.facts["before"]) !== undefined || first.state !== "never started";
  return isBegun ? run(work) : "never started";
}

/** The first time, if it is this step's; then what is there, written down before the second. */
async function begin(work: TwiceWork, evidence: Evidence[]): Promise<readonly Trait[] | Result> {
  const failed = work.spec.runs === 2 ? await carryOut(work, "first", evidence) : undefined;
  if (failed) return failed;
  const before = await lookAtAll(work);
  // A second attempt compares with this, too: by then the first may have changed something.
  await work.note({ before: asJson(before) });
  return before;
}

function isTraits(given: readonly Trait[] | Result): given is readonly Trait[] {
  return Array.isArray(given);
}

/** Runs the command once under its own key; why it is no proof, if it did not end well. */
async function carryOut(
  work: TwiceWork,
  which: "first" | "again",
  evidence: Evidence[],
): Promise<Result | undefined> {
  const name = nameOf(work.spec, work.spec);
  const stream = which === "first" ? "first" : "output";
  try {
    const key = keyOf(work, which);
    const command = await placedCommand(work, work.spec, key);
    const finished = await runKept(work, {
      key,
      command,
      stream,
      shell: shellAt(work, work.spec.in),
    });
    evidence.push(...evidenceOf(finished));
    const time = which === "first" ? "the first time" : "the second time";
    work.progress(`${name}, ${time}`, {
      outcome: hasPassed(finished) ? "passed" : "failed",
      numbers: { durationMs: Math.round(finished.durationMs) },
    });
    if (hasPassed(finished)) return undefined;
    const { how } = finished.ended;
    const isUndecided = how === "not-started" || how === "cancelled";
    const failure = { ...explain(finished, `${name}, ${time},`), at: work.step.at };
    return { outcome: isUndecided ? "error" : "failed", failure, evidence };
  } catch (error) {
    if (!(error instanceof Fault) || error.failure.code !== "command-lost") throw error;
    return { ...lost(error.failure, false), evidence };
  }
}

function emptiness(before: readonly Trait[], { step }: TwiceWork): Result | undefined {
  if (before.some(({ empty }) => !empty)) return undefined;
  return {
    outcome: "inconclusive",
    failure: {
      code: "twice-nothing-there",
      what:
        before.length === 0
          ? "There is nothing to compare: no table, no captured value."
          : `There is nothing in what would be compared: ${before[0]?.name} is empty${before.length > 1 ? ", and so is all else" : ""}.`,
      fix: "Let the first time fill it, or look at what it fills.",
      at: step.at,
    },
  };
}

async function conclude(
  work: TwiceWork,
  differences: readonly Difference[],
  evidence: readonly Evidence[],
): Promise<Result> {
  const { step, spec } = work;
  const changed = differences.filter(({ isSame }) => !isSame);
  for (const { name, before, after, isSame } of differences)
    work.progress(isSame ? `${name}: ${before}, the same` : `${name}: ${before} → ${after}`, {
      outcome: isSame ? "passed" : "failed",
    });
  const text = showDifferences(differences);
  const rest = {
    evidence: [...evidence, ...(await keepText(work, "table", text))],
    numbers: { samples: differences.length, changed: changed.length },
  };
  const [first] = changed;
  if (first === undefined)
    return {
      ...rest,
      outcome: "passed",
      summary: `${nameOf(spec, spec)} changed nothing the second time: ${differences.length} compared`,
    };
  return {
    ...rest,
    outcome: "failed",
    failure: {
      code: "twice-changed",
      what: `${nameOf(spec, spec)} changed ${changed.length} of ${differences.length} the second time: ${first.name} was ${first.before} and is ${first.after}.`,
      fix: "Let it look whether a thing is there before it makes it.",
      detail: showDifferences(changed).slice(0, 3_000),
      at: step.at,
    },
  };
}

function showDifferences(differences: readonly Difference[]): string {
  return table([
    ["", "WHAT", "BEFORE", "AFTER"],
    ...differences.map(({ name, before, after, isSame }) => [
      isSame ? "=" : "≠",
      name,
      before,
      after,
    ]),
  ]);
}

function keyOf({ key }: TwiceWork, which: "first" | "again"): string {
  return `${key}/${which}`;
}
