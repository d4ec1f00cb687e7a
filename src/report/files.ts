import type { Entry } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import { summaryPage } from "./page.ts";
import { plainLog } from "./plain.ts";
import { recordOf } from "./record.ts";
import { runJunit } from "./run-junit.ts";
import { validationSummary } from "./validation-summary.ts";

/**
 * The files that every run leaves behind: its log under the name that the plan gives, its record, its page, and what the
 * plan asks for besides.
 */
export function runFiles(run: {
  readonly id: string;
  readonly plan: Plan;
  readonly entries: readonly Entry[];
}): readonly { readonly name: string; readonly text: string }[] {
  const record = recordOf(run);
  const { log, summary, junit } = run.plan;
  return [
    { name: log, text: plainLog(run.entries) },
    { name: "record.json", text: `${JSON.stringify(record, null, 2)}\n` },
    { name: "summary.html", text: summaryPage(run) },
    ...(summary === undefined ? [] : [{ name: summary, text: validationSummary(record) }]),
    ...(junit === undefined ? [] : [{ name: junit, text: runJunit(record, run.plan) }]),
  ];
}
