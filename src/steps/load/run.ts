import type { Result } from "../../model/event.ts";
import type { Work } from "../../ports/step-kind.ts";
import { keepEvidence } from "./evidence.ts";
import { missed, unproven } from "./failures.ts";
import { judge, type Judgement } from "./judge.ts";
import { measure } from "./measure.ts";
import { type Measured, numbersOf, percentilesOf } from "./measured.ts";
import { showMs, showNumber } from "./show.ts";
import type { LoadSpec } from "./spec.ts";
import { thresholdsOf } from "./thresholds.ts";
import { modelWords } from "./titles.ts";

/** Sends the requests, and judges each threshold by what was measured. */
export async function run(work: Work<LoadSpec>): Promise<Result> {
  const { measured, warnings } = await measure(work);
  // The engine knows whether it was the deadline or a person.
  work.signal.throwIfAborted();
  const judgements = judge(measured, thresholdsOf(work.spec));
  for (const { threshold, outcome, found, why, value } of judgements)
    work.progress(
      `${threshold.text}: ${found}${why === undefined ? "" : `, inconclusive: ${why}`}`,
      {
        outcome: outcome === "passed" ? "passed" : "failed",
        ...(value === undefined || !Number.isFinite(value) ? {} : { numbers: { value } }),
      },
    );
  const evidence = await keepEvidence(work, measured, judgements);
  const numbers = numbersOf(measured);
  return {
    ...verdictOf(work, measured, judgements),
    numbers,
    facts: { ...numbers },
    evidence,
    warnings: [...warnings, ...warningsFor(measured)],
  };
}

function verdictOf(
  work: Work<LoadSpec>,
  measured: Measured,
  judgements: readonly Judgement[],
): Pick<Result, "outcome" | "summary" | "failure"> {
  const summary = summaryOf(measured);
  const failed = judgements.filter(({ outcome }) => outcome === "failed");
  const open = judgements.filter(({ outcome }) => outcome === "inconclusive");
  if (failed.length > 0)
    return { outcome: "failed", summary, failure: missed(work, measured, failed) };
  if (open.length > 0)
    return { outcome: "inconclusive", summary, failure: unproven(work, measured, open) };
  return { outcome: "passed", summary };
}

function summaryOf(measured: Measured): string {
  const { result } = measured;
  const [, , p95] = percentilesOf(measured);
  const bad = result.requests - result.good;
  const seconds = result.durationMs / 1_000;
  return [
    modelWords(measured),
    `${bad} errors`,
    ...(p95 === undefined ? [] : [`p95 ${showMs(p95.value)}`]),
    ...(seconds > 0 ? [`${showNumber(result.good / seconds)}/s`] : []),
  ].join(", ");
}

function warningsFor({ result, sampled }: Measured): readonly string[] {
  const { connections, rows } = result;
  return [
    ...(connections.stray > 0
      ? [`${connections.stray} answers were followed by bytes that belong to none.`]
      : []),
    ...(connections.resent > result.requests / 2
      ? ["The server closes kept connections without saying so: most requests were sent twice."]
      : []),
    ...(rows.dropped > 0
      ? [`${rows.dropped} requests are in the histogram, and not in the rows.`]
      : []),
    ...(sampled !== undefined && "report" in sampled && sampled.report.gone > 0
      ? [`${sampled.report.gone} processes of the target ended under load.`]
      : []),
    ...(sampled !== undefined && "why" in sampled
      ? [`Memory and CPU are not known: ${sampled.why}.`]
      : []),
  ];
}
