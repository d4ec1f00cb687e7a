import { newestBegun } from "../actions/look.ts";
import type { Workplace } from "../actions/workplace.ts";
import { Fault } from "../model/failure.ts";

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

/** `41/load` → run 41, step load. */
export function runAndStep(word: string): { readonly run: string; readonly step?: string } {
  const [run = "", step] = word.split("/");
  return { run, ...(step !== undefined && { step }) };
}
