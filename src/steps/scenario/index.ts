import { z } from "zod";
import type { Result } from "../../model/event.ts";
import type { Evidence } from "../../model/evidence.ts";
import { literal } from "../../model/lookup.ts";
import type { Preparation, Work } from "../../ports/step-kind.ts";
import { defineStep } from "../../ports/step-kind.ts";
import { readScenario, runScenario } from "../../scenario/index.ts";
import type { Scenario, Value, Verdict } from "../../scenario/index.ts";

const value = z.union([z.string(), z.number(), z.boolean()]);

const spec = z
  .strictObject({
    file: z
      .string()
      .min(1)
      .describe("The scenario, relative to the project file: smoke.scenario.yaml."),
    base: z
      .string()
      .min(1)
      .optional()
      .describe(
        "URL that the scenario's paths are below. Default: what the scenario says, else the environment's url.",
      ),
    with: z
      .record(z.string(), value)
      .default({})
      .describe(
        "Further values that the scenario may look up; look-ups of the plan may stand in them.",
      ),
    effect: z
      .enum(["read", "idempotent", "once"])
      .default("idempotent")
      .describe("What running it again after a crash means. `once`: a person must decide."),
    proves: z
      .boolean()
      .default(false)
      .describe("Whether it also runs after a rollback, against the release before."),
    text: z
      .string()
      .optional()
      .describe(
        "The scenario's text; put here when the plan is made, so that the plan is complete.",
      ),
    path: z.string().optional().describe("Where that text was read; for messages."),
  })
  .describe("Runs an HTTP scenario against the environment.");

type ScenarioSpec = z.output<typeof spec>;

/** Runs a `*.scenario.yaml`: requests in order, each with what its answer must be like. */
export const scenario = defineStep({
  name: "scenario",
  about:
    "Runs an HTTP scenario: requests in order, one cookie jar, and what each answer must be like.",
  spec,
  shorthand: "file",
  streams: { cookies: "cookies.txt", log: "scenario.log" },
  effect: ({ effect }) => effect,
  abilities: ({ proves }) => ({ prove: proves }),
  describe: ({ file }) => `run the scenario ${file}`,
  prepare,
  run,
  prove: async (work) =>
    work.release === undefined
      ? {
          outcome: "skipped",
          summary:
            "There was no release before, so there is nothing that the scenario could prove.",
        }
      : run(work),
});

function prepare(given: ScenarioSpec, preparation: Preparation) {
  const { text: _, path: __, ...clean } = given;
  const file = preparation.read(given.file);
  if (file === undefined) {
    const blamed = preparation.blame(
      "file",
      `There is no file ${given.file} beside the project file.`,
      "Correct the name, or write the scenario there.",
    );
    return { spec: clean, diagnostics: [blamed] };
  }
  const known = preparation.names && [
    ...preparation.names,
    ...Object.keys(given.with),
    ...RUN_NAMES,
  ];
  const { diagnostics } = readScenario(file.text, file.path, known ? { known } : {});
  // The text has look-ups of its own, which are not the plan's to answer.
  return { spec: { ...clean, text: literal(file.text), path: file.path }, diagnostics };
}

const RUN_NAMES = ["release.id", "release.name", "release.commit"];

async function run(work: Work<ScenarioSpec>): Promise<Result> {
  const { text, path, file } = work.spec;
  const read = text === undefined ? undefined : readScenario(text, path ?? file);
  if (!read?.ok) return unreadable(file, read?.diagnostics[0]?.what);
  const told = work.spec.base === undefined ? read.value : { ...read.value, base: work.spec.base };
  const answers = answersOf(work);
  const missing = told.needs.filter((name) => !Object.hasOwn(answers, name));
  if (missing.length > 0) return unanswered(told, missing, work);
  const evidence: Evidence[] = [];
  const said: string[] = [];
  const verdict = await runScenario(told, {
    http: work.http,
    clock: work.clock,
    answers,
    secrets: Object.values(work.secrets),
    scratch: work.artifacts.folder,
    fixture: () => undefined,
    save: async (wish, content) => {
      const name = wish === "cookies.txt" ? work.step.save["cookies"] : wish;
      if (name !== undefined) evidence.push(await work.artifacts.save(name, content));
    },
    progress: (words, more) => {
      said.push(words);
      work.progress(words, more);
    },
    signal: work.signal,
  });
  // The engine knows whether it was the deadline or a person.
  if (verdict.outcome !== "passed") work.signal.throwIfAborted();
  const log = work.step.save["log"];
  if (log !== undefined) evidence.push(await work.artifacts.save(log, logOf(said, verdict)));
  return resultOf(verdict, evidence);
}

/** The step's declared secrets and the plan's inputs, what the plan adds, and who and where this is. */
function answersOf(work: Work<ScenarioSpec>): Readonly<Record<string, Value>> {
  const {
    plan,
    release,
    secrets,
    run: { id },
  } = work;
  return {
    "run.id": id,
    "env.name": plan.environment.name,
    ...(plan.environment.url === undefined ? {} : { "env.url": plan.environment.url }),
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
  const secrets = missing.filter((each) => Object.hasOwn(plan.secrets, each));
  const fix =
    secrets.length > 0
      ? `Add \`secrets: [${secrets.join(", ")}]\` to step ${step.id}.`
      : `Declare it as an input, or give it to step ${step.id} under \`with\`.`;
  return {
    outcome: "error",
    failure: {
      code: "scenario-cannot-ask",
      what: `Scenario "${name}" looks up ${names}, which step ${step.id} may not see or nobody knows.`,
      fix,
      at: step.at,
    },
  };
}

function logOf(said: readonly string[], { outcome, summary, failure }: Verdict): string {
  const why = failure
    ? [
        failure.what,
        ...(failure.detail ? [failure.detail] : []),
        ...(failure.hint ? [failure.hint] : []),
      ]
    : [];
  return [...said, ...why, `${outcome}: ${summary}`, ""].join("\n");
}

function resultOf(verdict: Verdict, evidence: readonly Evidence[]): Result {
  const { outcome, failure, summary, warnings, steps, durationMs } = verdict;
  const passed = steps.filter((step) => step.outcome === "passed").length;
  return {
    outcome,
    summary,
    warnings,
    evidence,
    numbers: {
      steps: steps.length,
      passed,
      tolerated: steps.filter(({ tolerated }) => tolerated).length,
      durationMs,
    },
    ...(failure ? { failure } : {}),
  };
}
