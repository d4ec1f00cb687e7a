import { newestBegun } from "../actions/look.ts";
import type { Workplace } from "../actions/workplace.ts";
import { Fault } from "../model/failure.ts";
import type { RunHead } from "../ports/journal.ts";

/** The newest run. Fault `no-runs`. */
export async function newestRun(workplace: Workplace): Promise<string> {
  const head = newestBegun(await workplace.journal.runs({ limit: 20 }));
  if (head) return head.id;
  throw new Fault({
    code: "no-runs",
    what: "There are no runs here yet.",
    fix: "Begin with: seaworthy run PLAN",
  });
}

/** The head of a run that was named. Fault `no-such-run`, with the runs there are. */
export async function headOf({ journal }: Workplace, run: string): Promise<RunHead> {
  const head = await journal.run(run);
  if (head) return head;
  const newest = await journal.runs({ limit: 10 });
  const known = newest.map(({ id }) => id).join(", ");
  throw new Fault({
    code: "no-such-run",
    what: `There is no run "${run}".`,
    fix:
      newest.length === 0
        ? "There are no runs here yet. Begin with: seaworthy run PLAN"
        : `The newest: ${known}. All of them: seaworthy history`,
  });
}

/** `41/load` → run 41, step load. */
export function runAndStep(word: string): { readonly run: string; readonly step?: string } {
  const [run = "", step] = word.split("/");
  return { run, ...(step !== undefined && { step }) };
}
