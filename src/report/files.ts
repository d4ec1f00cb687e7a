import type { Entry } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import { summaryPage } from "./page.ts";
import { plainLog } from "./plain.ts";
import { recordOf } from "./record.ts";

/** The files that every run leaves behind: its log under the name that the plan gives, its record, its page. */
export function runFiles(run: {
  readonly id: string;
  readonly plan: Plan;
  readonly entries: readonly Entry[];
}): readonly { readonly name: string; readonly text: string }[] {
  return [
    { name: run.plan.log, text: plainLog(run.entries) },
    { name: "record.json", text: `${JSON.stringify(recordOf(run), null, 2)}\n` },
    { name: "summary.html", text: summaryPage(run) },
  ];
}
