import { stat } from "node:fs/promises";
import path from "node:path";
import { showDuration } from "../../lib/duration.ts";
import type { Result } from "../../model/event.ts";
import type { Evidence } from "../../model/evidence.ts";
import { Fault } from "../../model/failure.ts";
import type { Finished } from "../../ports/shell.ts";
import type { Work } from "../../ports/step-kind.ts";
import { evidenceOf, explain, keepText, runKept, show } from "../kept.ts";
import { shellAt } from "../inside.ts";
import { lost, placedCommand } from "../own-command.ts";
import { inProject } from "../places.ts";
import { readReports, type ReportFile, type Standing, standingOf } from "./files.ts";
import { fetchReports, removeReports } from "./inside.ts";
import { judge, numbersOf, type Suite, unknownFailures, warningsOf } from "./judge.ts";
import type { TestsSpec } from "./spec.ts";
import { casesTable, tallyOf, times } from "./tally.ts";

type TestsWork = Work<TestsSpec>;

/** The fact that holds how the reports stood before the suite was started. */
const BEFORE = "reports_before";

/** Starts the suite, unless its reports alone are judged, and reads what it reports. */
export async function run(work: TestsWork): Promise<Result> {
  const { command } = work.spec;
  if (command === undefined) return judged(work, undefined);
  // A second call for the same attempt finds what the first has noted; another attempt begins with what that one left.
  if (before(work) === undefined) {
    const { in: where } = work.spec;
    // Of a report inside a part nobody can see that it was written anew: only what is gone can't be taken for new.
    const standing = where
      ? await removeReports({ ...work, where })
      : await standingOf(placesOf(work));
    await work.note({ [BEFORE]: { key: work.key, standing } });
  }
  try {
    const started = await placedCommand(work, { run: command }, work.key);
    const shell = shellAt(work, work.spec.in);
    return await judged(
      work,
      await runKept(work, { key: work.key, command: started, stream: "output", shell }),
    );
  } catch (error) {
    if (error instanceof Fault && error.failure.code === "command-lost")
      return lost(error.failure, true);
    throw error;
  }
}

export async function settle(work: TestsWork): Promise<Result | "never started"> {
  const { state } = await shellAt(work, work.spec.in).receipt(work.key);
  return state === "never started" ? state : run(work);
}

async function judged(work: TestsWork, finished: Finished | undefined): Promise<Result> {
  const name = show(work.spec.command ?? [work.spec.report.join(", ")]);
  const output = evidenceOf(finished);
  if (finished !== undefined && finished.ended.how !== "exit")
    return { outcome: "error", failure: explain(finished, name), evidence: output };
  let files: readonly ReportFile[];
  try {
    files = await filesOf(work);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { outcome: "error", failure: withWords(error, finished), evidence: output };
  }
  const suite: Suite = {
    spec: work.spec,
    cases: files.flatMap(({ report }) => report.cases),
    problems: files.flatMap(({ report }) => report.problems),
    exit: finished?.ended.how === "exit" ? finished.ended.code : undefined,
    at: work.step.at,
  };
  const evidence = [...output, ...(await keep(work, { files, suite }))];
  const numbers = numbersOf(suite);
  const rest = { evidence, numbers, facts: numbers, warnings: warningsOf(suite) };
  const verdict = judge(suite);
  work.progress(summaryOf(suite), { outcome: said(verdict.outcome), numbers });
  return verdict.outcome === "passed"
    ? { outcome: "passed", summary: summaryOf(suite), ...rest }
    : { ...verdict, ...rest };
}

async function filesOf(work: TestsWork): Promise<readonly ReportFile[]> {
  const { format, in: where } = work.spec;
  const reading = { format, isOld: (file: string) => oldness(work, file) };
  if (where === undefined) return readReports(placesOf(work), reading);
  await using fetched = await fetchReports({ ...work, where });
  return await readReports(fetched.places, { ...reading, known: fetched.known });
}

function said(outcome: string): "passed" | "failed" {
  return outcome === "passed" ? "passed" : "failed";
}

function withWords({ failure }: Fault, finished: Finished | undefined) {
  if (finished?.ended.how !== "exit") return failure;
  const words = explain(finished, "It");
  const ended =
    finished.ended.code === 0
      ? "The suite itself ended well."
      : `The suite ended with exit code ${finished.ended.code}.`;
  return {
    ...failure,
    what: `${failure.what} ${ended}`,
    ...(words.detail && { detail: words.detail }),
  };
}

function placesOf({ spec, project }: TestsWork): readonly string[] {
  const folder = inProject(project, spec.cwd ?? ".");
  return spec.report.map((place) => path.resolve(folder, place));
}

/** Why a report is not of this run; undefined when it is. */
async function oldness(work: TestsWork, file: string): Promise<string | undefined> {
  if (work.spec.command === undefined) {
    const age = work.clock.now() - (await stat(file)).mtimeMs;
    return age > work.spec.fresh
      ? `it is ${showDuration(Math.round(age / 1000) * 1000)} old, and ${showDuration(work.spec.fresh)} is the most`
      : undefined;
  }
  const then = before(work)?.[file];
  const now = await standingOf([file]);
  return then !== undefined && then === now[file]
    ? "it was there before, and the suite has not written it"
    : undefined;
}

/** How the reports stood before this attempt started the suite; undefined: it has not noted that yet. */
function before({ facts, key }: TestsWork): Standing | undefined {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- noted by run
  const noted = facts[BEFORE] as { readonly key: string; readonly standing: Standing } | undefined;
  return noted?.key === key ? noted.standing : undefined;
}

async function keep(
  { artifacts, step }: TestsWork,
  { files, suite }: { files: readonly ReportFile[]; suite: Suite },
): Promise<Evidence[]> {
  const evidence = await keepText({ artifacts, step }, "table", casesTable(suite.cases));
  const wish = step.save["report"];
  if (wish === undefined) return evidence;
  for (const { file, text } of files)
    evidence.push(
      await artifacts.save(path.extname(wish) === "" ? `${wish}${path.extname(file)}` : wish, text),
    );
  return evidence;
}

function summaryOf(suite: Suite): string {
  const { cases, spec } = suite;
  const { tests: all, passed, failed, skipped, flaky } = tallyOf(cases);
  const unknown = unknownFailures(suite).length;
  return [
    `${passed + flaky} of ${times(all, "test")} passed`,
    ...(failed > 0 ? [`${failed} failed${spec.baseline ? allowed(failed, unknown) : ""}`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ...(flaky > 0 ? [`${flaky} only after failing`] : []),
  ].join(", ");
}

/** `6 failed, 1 of which the baseline does not name`. */
function allowed(failed: number, unknown: number): string {
  if (unknown === 0) return " as the baseline allows";
  return unknown === failed
    ? ", not as the baseline allows"
    : ` (${failed - unknown} as the baseline allows, ${unknown} not)`;
}
