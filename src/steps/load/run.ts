import type { Result } from "../../model/event.ts";
import type { Failure } from "../../model/failure.ts";
import type { Work } from "../../ports/step-kind.ts";
import { keepEvidence } from "./evidence.ts";
import { judge, type Judgement } from "./judge.ts";
import { measure } from "./measure.ts";
import { type Measured, numbersOf, percentilesOf } from "./measured.ts";
import { showMs, showNumber } from "./show.ts";
import type { LoadSpec } from "./spec.ts";
import { thresholdsOf } from "./thresholds.ts";
import { modelWords, titleOf } from "./titles.ts";

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
  if (open.length > 0) return { outcome: "inconclusive", summary, failure: unproven(work, open) };
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

function missed(
  { step }: Work<LoadSpec>,
  { result, spec }: Measured,
  failed: readonly Judgement[],
): Failure {
  const all = failed.map(({ threshold, found }) => `${threshold.text} (measured: ${found})`);
  const detail = [...Object.entries(result.statuses), ...Object.entries(result.errors)]
    .map(([word, count]) => `${/^\d+$/.test(word) ? `status ${word}` : word}: ${count}`)
    .join("\n");
  const early = result.stopped === undefined ? "" : ` It was ended early: ${result.stopped}.`;
  return {
    code: "load-threshold-missed",
    what: `${titleOf(spec)} does not keep ${all.join(", ")}.${early}`,
    fix: "See in load.html when it became slow or failed, and in the target's log what it did then.",
    detail,
    at: step.at,
  };
}

function unproven({ step }: Work<LoadSpec>, open: readonly Judgement[]): Failure {
  const all = open.map(({ threshold, why = "" }) => `${threshold.text}: ${why}`);
  return {
    code: "load-proved-nothing",
    what: `There is no verdict on ${all.join("; ")}.`,
    fix: "Send more requests, ease the load until this machine can make it, or name a target that can be sampled.",
    at: step.at,
  };
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
