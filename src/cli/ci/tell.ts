import path from "node:path";
import type { Carried } from "../../actions/carry.ts";
import { planOf } from "../../actions/carry.ts";
import type { Workplace } from "../../actions/workplace.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { Fault } from "../../model/failure.ts";
import {
  annotationOfFailure,
  annotationsOfFaults,
  type Annotation,
} from "../../report/ci/annotations.ts";
import type { Outputs } from "../../report/ci/outputs.ts";
import { recordOf } from "../../report/record.ts";
import type { Record as RunRecord } from "../../report/record-schema.ts";
import type { Terminal } from "../terminal.ts";
import type { Ci, ToldRun } from "./ci.ts";

/** Tells the CI how a run ended. What the CI cannot be told never changes what the run came to. */
export async function tellEnd(
  { ci, terminal }: { readonly ci: Ci; readonly terminal: Terminal },
  workplace: Workplace,
  { carried, warnings }: { readonly carried: Carried; readonly warnings: readonly Diagnostic[] },
): Promise<void> {
  await spared(terminal, async () => ci.ended(await toldRun(workplace, carried, warnings)));
}

/** Tells the CI what is wrong with the plan, or what was thrown. */
export async function tellFaults(
  { ci, terminal }: { readonly ci: Ci; readonly terminal: Terminal },
  exit: number,
  why: Why,
): Promise<void> {
  const told =
    "error" in why
      ? { exit, annotations: [thrown(why.error)] }
      : { exit, annotations: annotationsOfFaults(why.diagnostics), project: why.project };
  await spared(terminal, async () => ci.failed(told));
}

type Why =
  | { readonly error: unknown }
  | { readonly diagnostics: readonly Diagnostic[]; readonly project: string };

function thrown(error: unknown): Annotation {
  if (error instanceof Fault) return annotationOfFailure(error.failure);
  const words = error instanceof Error ? error.message : String(error);
  return annotationOfFailure({
    code: "our-mistake",
    what: `Seaworthy itself made a mistake: ${words}`,
    fix: "Please report it with the text in the log. Where things stand: seaworthy status",
  });
}

async function toldRun(
  workplace: Workplace,
  { run, as, exit }: Carried,
  warnings: readonly Diagnostic[],
): Promise<ToldRun> {
  const plan = await planOf(workplace, run);
  const record = recordOf({ id: run, plan, entries: await workplace.journal.read(run) });
  const { folder } = workplace.artifacts(run);
  const names = (await workplace.artifacts(run).list()).map(({ name }) => name);
  const outputs: Outputs = {
    run,
    outcome: outcomeOf(record, as),
    exit_code: String(exit),
    release: record.release?.name ?? "",
    previous: record.previous?.name ?? "",
    artifacts: folder,
    record: path.join(folder, newestRecord(names)),
    url: plan.environment.url ?? "",
  };
  const { project } = workplace;
  return { record, plan, outputs, project, warnings: annotationsOfFaults(warnings) };
}

function outcomeOf(record: RunRecord, as: Carried["as"]): Outputs["outcome"] {
  return as === "held" || as === "interrupted" ? as : record.status;
}

/** A run that goes on after a pause leaves another record beside the first one. */
function newestRecord(names: readonly string[]): string {
  const numbers = names.flatMap((name) => {
    const [, number = "1"] = /^record(?:\.(\d+))?\.json$/.exec(name) ?? ["", "0"];
    return Number(number);
  });
  const newest = Math.max(1, ...numbers);
  return newest === 1 ? "record.json" : `record.${newest}.json`;
}

async function spared(terminal: Terminal, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    terminal.err(
      `! the CI could not be told everything: ${words}\n    fix: Mend that; the run itself is as said above. Without CI: --ci none\n`,
    );
  }
}
