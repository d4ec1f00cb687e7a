import { planOf } from "../../actions/carry.ts";
import type { Workplace } from "../../actions/workplace.ts";
import { showSafely } from "../../lib/escape.ts";
import type { Entry } from "../../model/event.ts";
import { Fault } from "../../model/failure.ts";
import { linesOf } from "../../report/line.ts";
import { plainText } from "../../report/plain.ts";
import { recordOf } from "../../report/record.ts";
import { onGiven, type AddCommand } from "../command.ts";
import { table } from "../paint.ts";
import { look, type Found } from "../look.ts";
import { newestRun, runAndStep } from "../runs.ts";

/** `seaworthy explain [RUN[/STEP]]` */
export const addExplain: AddCommand = (program, bridge, done) => {
  const command = program
    .command("explain")
    .summary("why a run or a step ended as it did")
    .description(
      "Says why a run ended as it did: what failed, its own words, the hint, what was done about it, and the kept files.",
    )
    .argument("[what]", "RUN or RUN/STEP; the newest run when left out");
  onGiven(command, done, ({ words, common }) =>
    look(bridge, common, async (workplace) => {
      const { run, step } = runAndStep(words[0] ?? (await newestRun(workplace)));
      return explain(workplace, run, step);
    }),
  );
};

async function explain(
  workplace: Workplace,
  run: string,
  step: string | undefined,
): Promise<Found> {
  const plan = await planOf(workplace, run);
  const entries = await workplace.journal.read(run);
  const record = recordOf({ id: run, plan, entries });
  if (step !== undefined && !plan.steps.some((s) => s.id === step))
    throw noSuchStep(run, step, plan.steps);
  const told = entries.filter((entry) =>
    step === undefined ? matters(entry) : isAbout(entry, step),
  );
  const kept = record.steps
    .filter((s) => step === undefined || s.id === step)
    .map((s) => [s.id, s.attempts.flatMap((a) => a.evidence.map((e) => e.name)).join(" ")] as const)
    .filter(([, names]) => names !== "");
  const folder = workplace.artifacts(run).folder;
  const text = [
    `Run ${run}: ${plan.name} of ${plan.project} on ${plan.environment.name}, ${record.status.replaceAll("_", " ")}\n`,
    ...told.flatMap((entry) => linesOf(entry).map((line) => `${plainText(line)}\n`)),
    kept.length > 0 ? `Kept in ${folder}:\n` : "",
    table(kept.map(([id, names]) => [`  ${id}`, names])),
  ].join("");
  const json = step === undefined ? record : record.steps.find((s) => s.id === step);
  return { text: showSafely(text), json };
}

/** What a person who asks why wants to see: what fell short, what was decided, what was taken back, how it ended. */
function matters({ event }: Entry): boolean {
  switch (event.kind) {
    case "attempt-ended":
      return event.result.outcome !== "passed" || event.phase !== "do";
    case "attempt-lost":
    case "retry-planned":
    case "step-skipped":
    case "question-asked":
    case "decision-made":
    case "cancel-asked":
    case "rollback-begun":
    case "run-interrupted":
    case "run-ended":
      return true;
    case "run-planned":
    case "run-opened":
    case "attempt-started":
    case "fact-noted":
    case "progress-made":
      return false;
  }
}

function isAbout({ event }: Entry, step: string): boolean {
  return "step" in event && event.step === step;
}

function noSuchStep(run: string, step: string, steps: readonly { id: string }[]): Fault {
  return new Fault({
    code: "no-such-step",
    what: `Run ${run} has no step "${step}".`,
    fix: `Its steps: ${steps.map((s) => s.id).join(", ")}`,
  });
}
