import type { Evidence } from "../../model/evidence.ts";
import type { Work } from "../../ports/step-kind.ts";
import { keepText } from "../kept.ts";
import { table } from "../table.ts";
import { drawChart } from "./chart.ts";
import { bucketsOf, drawBars } from "./histogram.ts";
import type { Judgement } from "./judge.ts";
import { type Measured, numbersOf, percentilesOf } from "./measured.ts";
import { showMs } from "./show.ts";
import type { LoadSpec } from "./spec.ts";
import { modelWords, titleOf } from "./titles.ts";

/** Keeps what was measured: for people, for programs, row by row, and as a picture. */
export async function keepEvidence(
  work: Work<LoadSpec>,
  measured: Measured,
  judgements: readonly Judgement[],
): Promise<readonly Evidence[]> {
  return [
    ...(await keepText(work, "log", logOf(measured, judgements))),
    ...(await keepText(
      work,
      "summary",
      `${JSON.stringify(summaryOf(measured, judgements), null, 2)}\n`,
    )),
    ...(await keepText(work, "chart", drawChart(measured, judgements))),
    ...(await keepRows(work, measured)),
  ];
}

function logOf(measured: Measured, judgements: readonly Judgement[]): string {
  const { spec, result } = measured;
  const { generator, connections, statuses, errors, hashes, rows, warmUp, stopped } = result;
  const verdicts = judgements.map(({ threshold, outcome, found, why }) => [
    outcome,
    threshold.text,
    found + (why === undefined ? "" : `: ${why}`),
  ]);
  const usual = percentilesOf(measured).map(({ name, value, low, high, beyond }) => [
    `  ${name.replace("Ms", "")}`,
    showMs(value),
    `95 %: ${low === undefined ? "0 ms" : showMs(low)} to ${high === undefined ? "more than was seen" : showMs(high)}`,
    `${beyond} beyond`,
  ]);
  return [
    `${titleOf(spec)}: ${modelWords(measured)}, ${warmUp} before them as warm-up\n`,
    ...(stopped === undefined ? [] : [`ended early: ${stopped}\n`]),
    "\n",
    table(verdicts),
    "\nresponse times of good answers\n",
    usual.length === 0 ? "  there was none\n" : table(usual),
    rows.dropped === 0 ? "" : `  exact within 0.5 %: ${rows.dropped} rows were not kept\n`,
    "\n",
    drawBars(result.response),
    "\nstatuses\n",
    ...counts(statuses),
    ...(Object.keys(errors).length === 0 ? [] : ["errors\n", ...counts(errors)]),
    ...(Object.keys(hashes).length === 0 ? [] : ["sha256 of bodies\n", ...counts(hashes)]),
    `connections: ${connections.opened} opened, ${connections.resent} requests sent again because a kept one was closed, ${connections.stray} with stray bytes\n`,
    `generator: ${Math.round(generator.cpu * 100)} % of a core, woke up to ${showMs(generator.lateMs)} late (99 %), ${generator.mostInFlight} in flight at most, ${generator.heldBack} held back, ${generator.startedLate} started late\n`,
    usageLines(measured),
  ].join("");
}

function counts(of: Readonly<Record<string, number>>): readonly string[] {
  return Object.entries(of).map(([word, count]) => `  ${word}: ${count}\n`);
}

function usageLines({ sampled, inFlight }: Measured): string {
  if (sampled === undefined) return "";
  if ("why" in sampled) return `memory and CPU: not known, ${sampled.why}\n`;
  const { report } = sampled;
  const rows = report.parts.map(({ part, before, peak, cpuPercent }) => [
    `  ${part}`,
    `${(before / 1e6).toFixed(1)} MB before`,
    `${(peak / 1e6).toFixed(1)} MB at most`,
    `${cpuPercent.toFixed(1)} % of a core`,
  ]);
  return `memory and CPU, ${report.samples.length} samples, ${Number(inFlight.toFixed(1))} requests in flight\n${table(rows)}`;
}

function summaryOf(measured: Measured, judgements: readonly Judgement[]): object {
  const { spec, plan, result, sampled, pulses } = measured;
  return {
    format: 1,
    request: titleOf(spec),
    model: plan.model,
    warmUp: { ...plan.warmUp, sent: result.warmUp },
    thresholds: judgements.map(({ threshold, ...rest }) => ({
      threshold: threshold.text,
      ...rest,
    })),
    numbers: numbersOf(measured),
    percentiles: percentilesOf(measured),
    percentileError: measured.response.error,
    statuses: result.statuses,
    errors: result.errors,
    hashes: result.hashes,
    connections: result.connections,
    generator: result.generator,
    ...(result.stopped === undefined ? {} : { stopped: result.stopped }),
    ...(sampled === undefined ? {} : { usage: "report" in sampled ? sampled.report : sampled }),
    histogram: bucketsOf(result.response),
    overTime: pulses.map((pulse) => ({ ...pulse, response: undefined })),
  };
}

const ROWS_AT_ONCE = 20_000;

async function keepRows(
  { artifacts, step }: Work<LoadSpec>,
  { result }: Measured,
): Promise<Evidence[]> {
  const wish = step.save["raw"];
  if (wish === undefined) return [];
  const { rows } = result;
  const head = "start_ms,response_ms,service_ms,status,bytes,good\n";
  const foot = rows.dropped === 0 ? "" : `# ${rows.dropped} more are only in the histogram\n`;
  const count = rows.startMs.length;
  if (count <= ROWS_AT_ONCE)
    return [await artifacts.save(wish, head + linesOf(result.rows, 0, count) + foot)];
  const sink = await artifacts.open(await artifacts.name(wish));
  sink.write(head);
  for (let from = 0; from < count; from += ROWS_AT_ONCE)
    sink.write(linesOf(rows, from, Math.min(count, from + ROWS_AT_ONCE)));
  sink.write(foot);
  return [await sink.close()];
}

function linesOf(rows: Measured["result"]["rows"], from: number, to: number): string {
  let text = "";
  for (let at = from; at < to; at++) {
    const times = [rows.startMs[at], rows.responseMs[at], rows.serviceMs[at]];
    text += `${times.map((ms) => (ms ?? 0).toFixed(3)).join(",")},${rows.status[at]},${rows.bytes[at]},${rows.isGood[at]}\n`;
  }
  return text;
}
