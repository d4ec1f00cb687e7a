import { showDuration } from "../../lib/duration.ts";
import { showSafely } from "../../lib/escape.ts";
import { html, type Html } from "../../lib/html.ts";
import { pageOf } from "../../lib/page.ts";
import { REPORT_STYLE } from "./report-style.ts";
import { showNoticed } from "./noticed.ts";
import type { StepReport, VisitReport } from "./visiting.ts";

/** What the page is about. */
export interface ReportOf {
  readonly run: string;
  readonly step: string;
  readonly browser: string;
  readonly base: string;
  readonly durationMs: number;
  readonly reports: readonly VisitReport[];
}

/** Of pictures in one page; base64 makes them a third longer. */
const MOST_PICTURE_BYTES = 12 * 1024 * 1024;

/** One page about all visits, with their pictures in it: readable without a network. */
export function reportPage(of: ReportOf): { readonly text: string; readonly leftOut: number } {
  const budget = { left: MOST_PICTURE_BYTES, leftOut: 0 };
  const passed = of.reports.every(({ outcome }) => outcome === "passed");
  const title = `Browser visit of step ${of.step}, run ${of.run}`;
  const main = html`<header class="${passed ? "good" : "bad"}">
      <p class="verdict">${passed ? "Passed" : "Not passed"}</p>
      <h1>${title}</h1>
      <p>${of.base} in ${of.browser}, ${showDuration(of.durationMs)}</p>
    </header>
    ${of.reports.map((report) => visitSection(report, budget))}`;
  const text = pageOf({ title, style: REPORT_STYLE, main });
  return { text, leftOut: budget.leftOut };
}

interface Budget {
  left: number;
  leftOut: number;
}

function visitSection(report: VisitReport, budget: Budget): Html {
  const { viewport, outcome, failure, steps, durationMs } = report;
  const size = `${viewport.width} × ${viewport.height}${viewport.touch ? ", touch" : ""}`;
  return html`<section>
    <h2><span class="${outcome}">${outcome}</span> ${viewport.name}</h2>
    <p class="quiet">${size}, ${showDuration(durationMs)}</p>
    ${
      failure
        ? html`<div class="why">
            <p><strong>${failure.what}</strong></p>
            ${failure.detail ? html`<pre>${showSafely(failure.detail)}</pre>` : ""}
            <p>${failure.fix}</p>
          </div>`
        : ""
    }
    <ol class="steps">
      ${steps.map((step) => stepItem(step, { report, budget }))}
    </ol>
    ${noticedList(report)}
  </section>`;
}

function stepItem(
  { name, outcome, said, durationMs, picture }: StepReport,
  { report, budget }: { readonly report: VisitReport; readonly budget: Budget },
): Html {
  return html`<li class="${outcome}">
    <p><b>${name}</b> <small>${showDuration(durationMs)}</small></p>
    ${said === "" ? "" : html`<p class="said">${said}</p>`}
    ${picture === undefined ? "" : pictureOf(picture, { alt: `${report.viewport.name}: ${name}`, budget })}
  </li>`;
}

function pictureOf(
  picture: Uint8Array,
  { alt, budget }: { readonly alt: string; readonly budget: Budget },
): Html {
  if (picture.length > budget.left) {
    budget.leftOut++;
    return html`<p class="quiet">The picture is kept as a file; this page would be too long.</p>`;
  }
  budget.left -= picture.length;
  const data = Buffer.from(picture).toString("base64");
  return html`<img loading="lazy" alt="${alt}" src="data:image/png;base64,${data}" />`;
}

function noticedList({ noticed }: VisitReport): Html | string {
  if (noticed.length === 0)
    return html`<p class="quiet">No error on the console, no failed request.</p>`;
  return html`<h3>What the page said</h3>
    <ul class="noticed">
      ${noticed.map(
        (each) =>
          html`<li>${showSafely(showNoticed(each))}${each.counts ? "" : " (does not count)"}</li>`,
      )}
    </ul>`;
}
