import { showDuration } from "../lib/duration.ts";
import { showSafely } from "../lib/escape.ts";
import { html, type Html } from "../lib/html.ts";
import { showSize } from "../lib/size.ts";
import type { Entry } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import { clockTime, type Line } from "./line.ts";
import { pageOf } from "../lib/page.ts";
import { MARKS } from "./plain.ts";
import { recordOf } from "./record.ts";
import type { Record as RunRecord } from "./record-schema.ts";
import { lastLines } from "./shortened.ts";
import { teller } from "./teller.ts";

/** One page about one run, readable without Seaworthy and without a network, good on paper. */
export function summaryPage(run: {
  readonly id: string;
  readonly plan: Plan;
  readonly entries: readonly Entry[];
}): string {
  const record = recordOf(run);
  const title = `Run ${record.run}: ${record.release?.name ?? record.plan} on ${record.environment}`;
  const tell = teller();
  const main = html`${heading(record, title)}
    ${record.because ? because(record.because, record.exit) : ""} ${criteriaTable(record)}
    <h2>Steps</h2>
    ${stepTable(record)} ${decisionTable(record)}
    <h2>Kept files</h2>
    ${evidenceTable(record)}
    <h2>What happened</h2>
    <ol class="log">
      ${run.entries.map((entry) => logLines(entry, tell(entry)))}
    </ol>
    <footer>
      Drawn from ${record.journal.entries} journal entries, the last with hash
      <code>${record.journal.head}</code>; plan <code>${record.plan_digest}</code>. Seaworthy
      ${record.tool}.
    </footer>`;
  return pageOf({ title, main });
}

const VERDICTS: Readonly<
  Record<RunRecord["status"], { word: string; tone: string; means: string }>
> = {
  success: { word: "Accepted", tone: "good", means: "The new release serves, and it was proven." },
  rolled_back: {
    word: "Rolled back",
    tone: "back",
    means: "The release before serves again, and that was proven.",
  },
  rollback_failed: {
    word: "Rollback failed",
    tone: "bad",
    means: "The environment is locked and needs a person.",
  },
  refused: { word: "Refused", tone: "bad", means: "Nothing was changed." },
  failed: { word: "Failed", tone: "bad", means: "Nothing that was changed needed taking back." },
  stopped: { word: "Stopped", tone: "bad", means: "Left as it was, as the plan or a person said." },
  unfinished: { word: "Not finished", tone: "warn", means: "The run can be resumed or cancelled." },
};

/** What it means when the run did not get as far as changing which release serves. */
const UNTOUCHED: Readonly<Partial<Record<RunRecord["status"], string>>> = {
  success: "Every check passed. The release that serves was not touched.",
  rolled_back: "What was done is taken back. The release that serves was not touched.",
};

function heading(record: RunRecord, title: string): Html {
  const verdict = VERDICTS[record.status];
  const means = record.release_changed
    ? verdict.means
    : (UNTOUCHED[record.status] ?? verdict.means);
  const facts: readonly (readonly [string, string])[] = [
    ["Project", record.project],
    [
      "Release",
      record.release
        ? `${record.release.name} (${record.release.commit?.slice(0, 12) ?? "no commit"})`
        : "none",
    ],
    ["Before", record.previous?.name ?? "nothing"],
    ["Started", `${record.timestamp.replace("T", " ").slice(0, 19)} UTC by ${record.by}`],
    ["Took", record.ended_at === null ? "not ended" : showDuration(record.driven_ms)],
    ["Deployment", record.deployment_id],
  ];
  return html`<header class="${verdict.tone}">
    <p class="verdict">${verdict.word}${record.exit === null ? "" : ` · exit ${record.exit}`}</p>
    <h1>${title}</h1>
    <p>${means}</p>
    <dl>
      ${facts.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
  </header>`;
}

function because(failure: NonNullable<RunRecord["because"]>, exit: number | null): Html {
  const { at } = failure;
  return html`<section class="because">
    <h2>${exit === 0 ? "Note" : "Why"}</h2>
    <p><strong>${failure.what}</strong></p>
    ${at ? html`<p class="at">${at.file}:${at.line}:${at.column}</p>` : ""}
    ${failure.detail ? ownWords(failure.detail) : ""}
    ${failure.hint ? html`<p class="hint">${failure.hint}</p>` : ""}
    <p>${failure.fix}</p>
  </section>`;
}

/** Lines of a failure's own words that fit into the box without scrolling. */
const OWN_WORDS = 20;

function ownWords(detail: string): Html {
  const { lines, left } = lastLines(detail, OWN_WORDS);
  const cut = html`<p>
    ${left} ${left === 1 ? "line" : "lines"} before these ${left === 1 ? "is" : "are"} left out
    here; all are below, under What happened.
  </p>`;
  return html`${left > 0 ? cut : ""}
    <pre>${showSafely(lines.join("\n"))}</pre>`;
}

function criteriaTable({ criteria }: RunRecord): Html | string {
  if (criteria.length === 0) return "";
  return html`<h2>Criteria</h2>
    <table>
      <thead>
        <tr>
          <th>Criterion</th>
          <th>Outcome</th>
          <th>Took</th>
          <th>Proof</th>
        </tr>
      </thead>
      <tbody>
        ${criteria.map(
          ({ name, about, outcome, duration_ms: ms, proof }) =>
            html`<tr class="${CRITERION_TONES[outcome] ?? "bad"}">
              <td><strong>${name}</strong> ${about === "" ? "" : html`<small>${about}</small>`}</td>
              <td class="outcome">${outcome}</td>
              <td>${ms === null ? "" : showDuration(ms)}</td>
              <td>${proof.map((line, index) => html`${index > 0 ? html`<br />` : ""}${line}`)}</td>
            </tr>`,
        )}
      </tbody>
    </table>`;
}

const CRITERION_TONES: Readonly<Record<string, string>> = {
  passed: "good",
  overridden: "warn",
  skipped: "warn",
  unfinished: "warn",
  "not reached": "quiet",
};

function stepTable(record: RunRecord): Html {
  return html`<table>
    <thead>
      <tr>
        <th>Step</th>
        <th>Outcome</th>
        <th>Took</th>
        <th>What it says</th>
      </tr>
    </thead>
    <tbody>
      ${record.steps.map(stepRows)}
    </tbody>
  </table>`;
}

function stepRows(step: RunRecord["steps"][number]): Html {
  const tone =
    step.outcome === "passed"
      ? "good"
      : step.outcome === "not reached"
        ? "quiet"
        : step.went_on
          ? "warn"
          : "bad";
  const acts = step.attempts.filter((a) => a.phase === "do");
  const rest = step.attempts.filter((a) => a.phase !== "do");
  const last = acts.at(-1);
  const said = last?.summary ?? last?.failure?.what ?? "";
  return html`<tr class="${tone}">
      <td><strong>${step.id}</strong> <small>${step.kind}</small></td>
      <td class="outcome">${step.outcome}${acts.length > 1 ? ` (${acts.length} attempts)` : ""}</td>
      <td>${step.duration_ms === null ? "" : showDuration(step.duration_ms)}</td>
      <td>${said}${(last?.warnings ?? []).map((w) => html`<br /><small>! ${w}</small>`)}</td>
    </tr>
    ${rest.map(
      (a) =>
        html`<tr class="${a.outcome === "passed" ? "back" : "bad"} side">
          <td>↳ ${a.phase}</td>
          <td class="outcome">${a.outcome}</td>
          <td>${a.duration_ms === null ? "" : showDuration(a.duration_ms)}</td>
          <td>${a.summary ?? a.failure?.what ?? ""}</td>
        </tr>`,
    )}`;
}

function decisionTable(record: RunRecord): Html | string {
  if (record.decisions.length === 0) return "";
  return html`<h2>Decisions</h2>
    <table>
      <thead>
        <tr>
          <th>When</th>
          <th>Step</th>
          <th>Answer</th>
          <th>By</th>
          <th>Reason</th>
        </tr>
      </thead>
      <tbody>
        ${record.decisions.map(
          (d) =>
            html`<tr>
              <td>${d.at.replace("T", " ").slice(0, 19)}</td>
              <td>${d.step ?? "run"}</td>
              <td>${d.choice}</td>
              <td>${d.by}</td>
              <td>${d.reason}</td>
            </tr>`,
        )}
      </tbody>
    </table>`;
}

function evidenceTable(record: RunRecord): Html {
  const kept = record.steps.flatMap((step) =>
    step.attempts.flatMap((a) => a.evidence.map((e) => ({ ...e, step: step.id, phase: a.phase }))),
  );
  if (kept.length === 0) return html`<p>None.</p>`;
  return html`<table>
    <thead>
      <tr>
        <th>File</th>
        <th>From</th>
        <th>Size</th>
        <th>sha256</th>
      </tr>
    </thead>
    <tbody>
      ${kept.map(
        (e) =>
          html`<tr>
            <td><a href="${e.name.split("/").map(encodeURIComponent).join("/")}">${e.name}</a></td>
            <td>${e.step}${e.phase === "do" ? "" : ` (${e.phase})`}</td>
            <td>
              ${showSize(e.bytes)}${e.droppedBytes ? ` (${showSize(e.droppedBytes)} dropped)` : ""}
            </td>
            <td><code>${e.sha256.slice(0, 16)}…</code></td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function logLines({ at }: Entry, lines: readonly Line[]): readonly Html[] {
  return lines.map(
    ({ tone, text, indent }) =>
      html`<li class="${tone}${indent > 0 ? " more" : ""}">
        <time>${clockTime(at)}</time> ${indent > 0 ? "" : MARKS[tone]}
        <span>${showSafely(text)}</span>
      </li>`,
  );
}
