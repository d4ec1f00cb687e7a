import type { Result } from "../../model/event.ts";
import type { Evidence } from "../../model/evidence.ts";
import type { Failure } from "../../model/failure.ts";
import { keepText } from "../kept.ts";
import type { MetricsWork } from "./ask.ts";
import { showProgress, showTable } from "./show.ts";
import type { Judged } from "./verdict.ts";

export interface Measured {
  /** Why there is not enough to judge at all. */
  readonly doubt?: Failure;
  /** Values that were looked at. */
  readonly measured: number;
  readonly series: number;
  readonly evidence: readonly Evidence[];
  /** When the mark was set. */
  readonly since?: string;
  readonly hide: (text: string) => string;
}

/** Tells and keeps what became of each condition, and makes the step's result of it. */
export async function conclude(
  work: MetricsWork,
  judged: readonly Judged[],
  { doubt, measured, series, evidence, since, hide }: Measured,
): Promise<Result> {
  for (const each of judged) {
    const { text, more } = showProgress(each);
    work.progress(hide(text), more);
  }
  const text = hide(showTable(judged, since === undefined ? {} : { since }));
  const kept = judged.length === 0 ? [] : await keepText(work, "table", text);
  const count = (verdict: Judged["verdict"]) =>
    judged.filter((each) => each.verdict === verdict).length;
  const rest = {
    numbers: {
      samples: measured,
      series,
      conditions: judged.length,
      held: count("holds"),
      failed: count("fails"),
      undecided: count("unknown"),
    },
    evidence: [...evidence, ...kept],
  };
  const failure = failureOf(judged, hide(text), work);
  if (failure && count("fails") > 0) return { outcome: "failed", failure, ...rest };
  if (doubt) return { outcome: "inconclusive", failure: doubt, ...rest };
  if (failure) return { outcome: "inconclusive", failure, ...rest };
  return { outcome: "passed", summary: summaryOf(judged.length, series), ...rest };
}

function failureOf(
  judged: readonly Judged[],
  table: string,
  { step }: MetricsWork,
): Failure | undefined {
  const bad =
    judged.find(({ verdict }) => verdict === "fails") ??
    judged.find(({ verdict }) => verdict === "unknown");
  if (bad === undefined) return undefined;
  const isFailed = bad.verdict === "fails";
  return {
    code: isFailed ? "metrics-not-as-expected" : "metrics-undecided",
    what: isFailed
      ? `\`${bad.condition}\` does not hold: ${bad.why ?? "it is otherwise"}.`
      : `Nobody can say whether \`${bad.condition}\` holds: ${bad.why ?? "nothing was measured"}.`,
    fix: isFailed
      ? "See in the table what was measured, and mend the release, or the condition."
      : "Let the metric be there, and be the same series before and after; then run again.",
    detail: table.slice(0, 3_000),
    at: step.at,
  };
}

function summaryOf(conditions: number, series: number): string {
  const many = `${series} series`;
  if (conditions === 0) return `a page of ${many}`;
  return `${conditions} ${conditions === 1 ? "condition holds" : "conditions hold"} on ${many}`;
}
