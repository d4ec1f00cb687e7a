import { readFile } from "node:fs/promises";
import { planOf } from "../../actions/carry.ts";
import type { Workplace } from "../../actions/workplace.ts";
import { showSafely } from "../../lib/escape.ts";
import { Fault } from "../../model/failure.ts";
import type { Plan } from "../../model/plan.ts";
import { plainLog } from "../../report/plain.ts";
import { recordOf } from "../../report/record.ts";
import { onGiven, type AddCommand, type Given } from "../command.ts";
import { look, type Found } from "../look.ts";
import { headOf, newestRun, runAndStep } from "../runs.ts";

/** The most that is printed of one kept file; the file itself is whole. */
const MOST_BYTES = 1024 * 1024;

/** `seaworthy logs [RUN[/STEP]]` */
export const addLogs: AddCommand = (program, bridge, done) => {
  const command = program
    .command("logs")
    .summary("log of a run, a step or a target")
    .description(
      "Prints the log of a run, the kept output of one of its steps, or what a target's processes say now.",
    )
    .argument("[what]", "RUN or RUN/STEP; the newest run when left out")
    .argument("[step]", "the step, instead of RUN/STEP")
    .option("-t, --target <name>", "what the target's processes have written lately");
  onGiven(command, done, (given) =>
    look(bridge, given.common, (workplace) => logs(workplace, given)),
  );
};

async function logs(workplace: Workplace, given: Given): Promise<Found> {
  const { run, step = given.words[1] } = runAndStep(given.words[0] ?? (await newestRun(workplace)));
  await headOf(workplace, run);
  const target = given.text("target");
  if (target !== undefined) return targetLog(workplace, run, target);
  const plan = await planOf(workplace, run);
  const entries = await workplace.journal.read(run);
  if (step === undefined) return { text: plainLog(entries), json: entries };
  if (!plan.steps.some(({ id }) => id === step)) throw noSuchStep(run, step, plan);
  const names = recordOf({ id: run, plan, entries })
    .steps.filter((s) => s.id === step)
    .flatMap((s) => s.attempts.flatMap((a) => a.evidence.map((e) => e.name)));
  const artifacts = workplace.artifacts(run);
  const texts = await Promise.all(
    names.map(async (name) => ({ name, text: await readText(artifacts.path(name)) })),
  );
  const own = plainLog(entries.filter(({ event }) => "step" in event && event.step === step));
  const text =
    own + texts.map(({ name, text: kept }) => `--- ${name}\n${showSafely(kept)}`).join("");
  return { text, json: { run, step, files: texts } };
}

function noSuchStep(run: string, step: string, plan: Plan): Fault {
  return new Fault({
    code: "no-such-step",
    what: `Run ${run} has no step "${step}".`,
    fix: `Its steps: ${plan.steps.map(({ id }) => id).join(", ")}`,
  });
}

async function readText(path: string): Promise<string> {
  const bytes = await readFile(path);
  const shown = bytes.subarray(0, MOST_BYTES).toString("utf8");
  return bytes.length > MOST_BYTES
    ? `${shown}\n… ${bytes.length - MOST_BYTES} bytes more in ${path}\n`
    : shown;
}

async function targetLog(workplace: Workplace, run: string, target: string): Promise<Found> {
  const plan = await planOf(workplace, run);
  if (!plan.environment.targets.includes(target))
    throw new Fault({
      code: "no-such-target",
      what: `${plan.environment.name} has no target "${target}".`,
      fix: `Its targets: ${plan.environment.targets.join(", ")}`,
    });
  await using tools = await workplace.openTools(plan, run);
  const act = { signal: AbortSignal.timeout(10_000), timeoutMs: 10_000, say: () => undefined };
  const text = await tools.driver(target).logs({ maxBytes: MOST_BYTES }, act);
  return { text: showSafely(text), json: { target, text } };
}
