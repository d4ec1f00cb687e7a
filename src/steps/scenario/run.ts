import type { Result } from "../../model/event.ts";
import type { Evidence } from "../../model/evidence.ts";
import { literal } from "../../model/lookup.ts";
import type { Work } from "../../ports/step-kind.ts";
import { readScenario, runScenario } from "../../scenario/index.ts";
import type { Scenario, Value } from "../../scenario/index.ts";
import { companion, fixture, workingFolder } from "./files.ts";
import type { ScenarioSpec } from "./spec.ts";
import { keepReports, openLog, resultOf } from "./told.ts";

const MOST_TOLD = 2_000;

/** Carries out the scenario that the plan holds, and keeps its reports. */
export async function run(work: Work<ScenarioSpec>): Promise<Result> {
  const { text, path, file, base } = work.spec;
  const files = (wish: string) => companion(work, wish);
  const read = text === undefined ? undefined : readScenario(text, path ?? file, { files });
  if (!read?.ok) return unreadable(file, read?.diagnostics[0]?.what);
  const told = base === undefined ? read.value : { ...read.value, base: literal(base) };
  const answers = answersOf(work);
  const missing = told.needs.filter((name) => !Object.hasOwn(answers, name));
  if (missing.length > 0) return unanswered(told, missing, work);
  await using folder = await workingFolder(work);
  const evidence: Evidence[] = [];
  const said = openLog();
  const verdict = await runScenario(told, {
    http: work.http,
    clock: work.clock,
    answers,
    secrets: Object.values(work.secrets),
    scratch: folder.path,
    fixture: (wish) => fixture(work, wish),
    save: async (wish, content) => {
      const name = wish === "cookies.txt" ? work.step.save["cookies"] : wish;
      if (name !== undefined) evidence.push(await work.artifacts.save(name, content));
    },
    progress: (words, more) => {
      // Each is an event; of a long execution those that failed are enough, and the log has the rest.
      const isTold = said.add(words) <= MOST_TOLD || more.outcome === "failed";
      if (isTold) work.progress(words, more);
    },
    signal: work.signal,
  });
  evidence.push(...(await keepReports(work, verdict, said.lines())));
  // The engine knows whether it was the deadline or a person.
  if (verdict.outcome !== "passed") work.signal.throwIfAborted();
  return resultOf(work, verdict, evidence);
}

/** Without a release before there is nothing that answers. */
export async function prove(work: Work<ScenarioSpec>): Promise<Result> {
  if (work.release !== undefined) return run(work);
  return {
    outcome: "skipped",
    summary: "There was no release before, so there is nothing that the scenario could prove.",
  };
}

/** The step's declared secrets and the plan's inputs, what the plan adds, and who and where this is. */
function answersOf(work: Work<ScenarioSpec>): Readonly<Record<string, Value>> {
  const {
    plan,
    release,
    secrets,
    run: { id },
  } = work;
  const url = plan.environment.url ?? work.spec.base;
  return {
    "run.id": id,
    "env.name": plan.environment.name,
    ...(url === undefined ? {} : { "env.url": url }),
    ...(release === undefined ? {} : { "release.id": release.id, "release.name": release.name }),
    ...(release?.commit === undefined ? {} : { "release.commit": release.commit }),
    ...plan.inputs,
    ...secrets,
    ...work.spec.with,
  };
}

function unreadable(file: string, why = "it is not in the plan"): Result {
  return {
    outcome: "error",
    failure: {
      code: "scenario-unreadable",
      what: `The scenario ${file} cannot be read: ${why}`,
      fix: "Run `seaworthy validate` and plan again.",
    },
  };
}

function unanswered(
  { name }: Scenario,
  missing: readonly string[],
  { plan, step }: Work<ScenarioSpec>,
): Result {
  const names = missing.map((each) => `\${${each}}`).join(", ");
  return {
    outcome: "error",
    failure: {
      code: "scenario-cannot-ask",
      what: `Scenario "${name}" looks up ${names}, which step ${step.id} may not see or nobody knows.`,
      fix: fixFor(missing, { plan, step }),
      at: step.at,
    },
  };
}

function fixFor(
  missing: readonly string[],
  { plan, step }: Pick<Work<ScenarioSpec>, "plan" | "step">,
): string {
  const secrets = missing.filter((each) => Object.hasOwn(plan.secrets, each));
  if (secrets.length > 0) return `Add \`secrets: [${secrets.join(", ")}]\` to step ${step.id}.`;
  return missing.includes("env.url")
    ? `Give environment ${plan.environment.name} a \`url\`, or step ${step.id} a \`base\`.`
    : `Declare it as an input, or give it to step ${step.id} under \`with\`.`;
}
