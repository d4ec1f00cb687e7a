import { showDuration } from "../../lib/duration.ts";
import { showSafely } from "../../lib/escape.ts";
import { html as build, type Html } from "../../lib/html.ts";
import { pageOf } from "../../lib/page.ts";
import { showSize } from "../../lib/size.ts";
import type { CheckVerdict, StepVerdict, Verdict } from "../verdict.ts";
import { cause, placeOf, title } from "./words.ts";

const OWN_STYLE = `
details { border-bottom: 1px solid var(--line); } summary { padding: .45rem 0; cursor: pointer; display: grid; grid-template-columns: 1.4rem 1fr auto; gap: .5rem; }
summary::marker { content: ""; } summary:hover { background: var(--tint); } .body { padding: .2rem 0 1rem 1.9rem; }
.passed .mark { color: var(--good); } .failed .mark, .error .mark, .inconclusive .mark { color: var(--bad); font-weight: 700; } .tolerated .mark { color: var(--warn); } .skipped { color: var(--soft); }
summary .facts { color: var(--soft); font-variant-numeric: tabular-nums; text-align: right; } .bar { display: block; height: 3px; background: var(--back); opacity: .5; margin-top: .15rem; }
.body pre { max-height: 20rem; } .body td, .body td:last-child { white-space: normal; overflow-wrap: anywhere; width: auto; min-width: 4rem; } .warned .mark { color: var(--warn); } h2 .soft { color: var(--soft); font-weight: 400; }
@media print { details > .body { display: block; } }
`;

/** A verdict as one page, readable without Seaworthy and without a network, good on paper. */
export function html(verdict: Verdict): string {
  const { name, about, outcome, steps } = verdict;
  const tone = outcome === "passed" ? "good" : "bad";
  const longest = Math.max(1, ...steps.map(({ durationMs }) => durationMs));
  const main = build`<header class="${tone}">
            <p class="verdict">${outcome}</p>
            <h1>${showSafely(name)}</h1>
            <p>${showSafely(about)}</p>
          </header>
          ${facts(verdict)} ${because(verdict)}
          <h2>Steps <span class="soft">${verdict.summary}</span></h2>
          ${steps.map((step) => drawStep(step, longest))} ${warnings(verdict)}
          <footer>Seaworthy drew this from the verdict on <code>${showSafely(verdict.file)}</code>.</footer>`;
  return pageOf({ title: `${showSafely(name)}: ${outcome}`, style: OWN_STYLE, main });
}

function facts({ counts, runs, durationMs, file }: Verdict): Html {
  const rows: readonly (readonly [string, string])[] = [
    ["Steps", `${counts.passed} of ${counts.steps} passed`],
    ["Checks", String(counts.checks)],
    ["Requests", `${counts.requests}, ${showSize(counts.bytes)} received`],
    ...(runs.wanted > 1 ? [["Runs", `${runs.passed} of ${runs.wanted} passed`] as const] : []),
    ["Time", showDuration(durationMs)],
    ["File", file],
  ];
  return build`<dl>
    ${rows.map(([term, value]) => build`<div><dt>${term}</dt><dd>${showSafely(value)}</dd></div>`)}
  </dl>`;
}

function because({ failure, outcome }: Verdict): Html | undefined {
  if (failure === undefined || outcome === "passed") return undefined;
  return build`<section class="because">
    <h2>Why</h2>
    <p>${showSafely(failure.what)}</p>
    ${failure.hint === undefined ? undefined : build`<p class="hint">${showSafely(failure.hint)}</p>`}
    <p><strong>Do:</strong> ${showSafely(failure.fix)}</p>
  </section>`;
}

const MARKS: Readonly<Record<string, string>> = { passed: "✓", skipped: "–" };

function drawStep(step: StepVerdict, longest: number): Html {
  const { outcome, tolerated, durationMs, answer, attempts } = step;
  const isBad = outcome !== "passed" && outcome !== "skipped" && !tolerated;
  const numbers = [
    ...(answer === undefined ? [] : [String(answer.status)]),
    ...(answer === undefined || answer.bytes === 0 ? [] : [showSize(answer.bytes)]),
    ...(attempts > 1 ? [`${attempts} tries`] : []),
    showDuration(durationMs),
  ];
  const width = Math.max(1, Math.round((durationMs / longest) * 100));
  const isWarned = outcome === "passed" && step.warnings.length > 0;
  const shown = tolerated ? "tolerated" : isWarned ? "warned" : outcome;
  return build`<details class="${shown}"${{ html: isBad ? " open" : "" }}>
    <summary>
      <span class="mark">${tolerated ? "!" : (MARKS[outcome] ?? "✗")}</span>
      <span>${showSafely(title(step))}</span>
      <span class="facts">${numbers.join(" · ")}<span class="bar" style="width:${width}%"></span></span>
    </summary>
    <div class="body">
      ${step.checks.length === 0 ? undefined : checkTable(step.checks)} ${captures(step)}
      ${isBad || tolerated ? build`<pre>${showSafely(cause(step).join("\n"))}</pre>` : repeat(step)}
    </div>
  </details>`;
}

function checkTable(checks: readonly CheckVerdict[]): Html {
  return build`<table>
    <thead>
      <tr>
        <th></th>
        <th>Check</th>
        <th>Expected</th>
        <th>Found</th>
        <th>Where</th>
      </tr>
    </thead>
    <tbody>
      ${checks.map(
        (check) => build`<tr class="${check.outcome === "passed" ? "good" : "bad"}">
          <td class="outcome">${check.outcome === "passed" ? "✓" : "✗"}</td>
          <td>${showSafely(check.name)}</td>
          <td>${showSafely(short(check.expected))}</td>
          <td>${showSafely(short(check.actual ?? check.what))}</td>
          <td class="at">${showSafely(placeOf(check))}</td>
        </tr>`,
      )}
    </tbody>
  </table>`;
}

function short(text = ""): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

function captures({ captured }: StepVerdict): Html | undefined {
  if (captured.length === 0) return undefined;
  const words = captured.map(({ name, shown }) => `${name} = ${shown}`);
  return build`<p><small>Captured: ${showSafely(words.join(", "))}</small></p>`;
}

function repeat({ asked }: StepVerdict): Html | undefined {
  return asked === undefined ? undefined : build`<pre>${showSafely(asked.curl)}</pre>`;
}

function warnings({ warnings: all }: Verdict): Html | undefined {
  if (all.length === 0) return undefined;
  return build`<h2>Warnings</h2>
    <ul>
      ${all.map((each) => build`<li>${showSafely(each)}</li>`)}
    </ul>`;
}
