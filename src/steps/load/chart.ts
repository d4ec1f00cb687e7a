import { html, type Html } from "../../lib/html.ts";
import { pageOf } from "../../lib/page.ts";
import type { Judgement } from "./judge.ts";
import { type Measured, percentilesOf } from "./measured.ts";
import { drawLines, type Line } from "./plot.ts";
import { showAmount, showMs, showNumber } from "./show.ts";
import { modelWords, titleOf } from "./titles.ts";
import { drawHistogram } from "./plot-histogram.ts";

const STYLE = `
svg { display: block; width: 100%; height: auto; margin: .3rem 0 0; font: 11px system-ui, "DejaVu Sans", sans-serif; }
svg text { fill: var(--soft); } .axis { stroke: var(--line); } .bar { fill: var(--back); }
.mark { stroke: var(--ink); stroke-dasharray: 3 3; } .a { stroke: var(--back); } .b { stroke: var(--warn); } .a, .b { fill: none; stroke-width: 1.6; }
.key { color: var(--soft); font-size: .85rem; } .key b.one { color: var(--back); } .key b.two { color: var(--warn); }
`;

const COLOURS = { passed: "good", failed: "bad", inconclusive: "warn" } as const;

/** One page with what was measured: thresholds, the histogram, and how it went over time. No script, nothing from elsewhere. */
export function drawChart(measured: Measured, judgements: readonly Judgement[]): string {
  const { spec, result } = measured;
  const worst = (["failed", "inconclusive"] as const).find((outcome) =>
    judgements.some((each) => each.outcome === outcome),
  );
  const title = `Load: ${titleOf(spec)}`;
  const main = html`<header class="${COLOURS[worst ?? "passed"]}">
      <p class="verdict">${worst ?? "passed"}</p>
      <h1>${title}</h1>
      <p>
        ${modelWords(measured)}; ${result.requests} measured, ${result.good} good, ${result.warmUp}
        before them as warm-up${result.stopped && `; ended early: ${result.stopped}`}
      </p>
    </header>
    <h2>Thresholds</h2>
    ${thresholds(judgements)}
    <h2>Response times of good answers</h2>
    ${drawHistogram(measured)} ${times(measured)} ${overTime(measured)} ${usage(measured)}`;
  return pageOf({ title, style: STYLE, main });
}

function thresholds(judgements: readonly Judgement[]): Html {
  const rows = judgements.map(
    ({ threshold, outcome, found, why }) =>
      html`<tr class="${COLOURS[outcome]}">
        <td class="outcome">${outcome}</td>
        <td>${threshold.text}</td>
        <td>${found}${why && `: ${why}`}</td>
      </tr>`,
  );
  return html`<table>
    ${rows}
  </table>`;
}

function times(measured: Measured): Html {
  const rows = percentilesOf(measured).map(
    ({ name, value, low, high, beyond }) =>
      html`<tr>
        <td>${name.replace("Ms", "")}</td>
        <td>${showMs(value)}</td>
        <td>
          95 %: ${low === undefined ? "0 ms" : showMs(low)} to
          ${high === undefined ? "more than was seen" : showMs(high)}; ${beyond} beyond
        </td>
      </tr>`,
  );
  return html`<table>
    ${rows}
  </table>`;
}

function overTime({ pulses, result }: Measured): Html {
  const timed = pulses.filter(({ p50Ms }) => p50Ms !== undefined);
  if (timed.length < 2) return html``;
  const series: readonly [Line, Line] = [
    timed.map(({ atMs, p50Ms = 0 }) => [atMs, p50Ms]),
    timed.map(({ atMs, p95Ms = 0 }) => [atMs, p95Ms]),
  ];
  const rate: Line = pulses.map(({ atMs, perSecond }) => [atMs, perSecond]);
  const until = result.durationMs;
  return html`<h2>Over time</h2>
    <p class="key">response time in each second: <b class="one">p50</b>, <b class="two">p95</b></p>
    ${drawLines(series, { until, show: showMs, label: "Response time over time" })}
    <p class="key"><b class="one">good answers per second</b></p>
    ${drawLines([rate], { until, show: showNumber, label: "Good answers per second" })}`;
}

const bytes = (value: number): string => showAmount(value, "bytes");
const percent = (value: number): string => showAmount(value, "percent");

function usage({ sampled, result }: Measured): Html {
  if (sampled === undefined) return html``;
  if ("why" in sampled)
    return html`<h2>Memory and CPU of the target</h2>
      <p>Not known: ${sampled.why}.</p>`;
  const { samples } = sampled.report;
  const until = Math.max(result.durationMs, samples.at(-1)?.atMs ?? 0);
  const memory: Line = samples.map(({ atMs, memoryBytes }) => [atMs, memoryBytes]);
  const cpu: Line = samples.slice(1).map(({ atMs, cpuPercent }) => [atMs, cpuPercent]);
  return html`<h2>Memory and CPU of the target</h2>
    <p class="key"><b class="one">resident memory of all its processes</b></p>
    ${drawLines([memory], { until, show: bytes, label: "Memory over time" })}
    <p class="key"><b class="two">CPU, percent of one core</b></p>
    ${drawLines([[], cpu], { until, show: percent, label: "CPU over time" })}`;
}
