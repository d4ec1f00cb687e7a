import { showDuration } from "../../lib/duration.ts";
import { showSize } from "../../lib/size.ts";
import type { StepVerdict, Verdict } from "../verdict.ts";
import { cause, title } from "./words.ts";
import type { Sources } from "./words.ts";

/** One line for a terminal, before anybody decided on colours. */
export interface ReportLine {
  readonly tone: "head" | "good" | "bad" | "warn" | "note" | "quiet";
  readonly text: string;
}

/** The lines about one step, as soon as it has ended. */
export function stepLines(step: StepVerdict, sources?: Sources): readonly ReportLine[] {
  const { outcome, tolerated, answer, durationMs, attempts, checks, captured } = step;
  const facts = [
    ...(answer === undefined ? [] : [`${answer.status}`]),
    ...(answer === undefined || answer.bytes === 0 ? [] : [showSize(answer.bytes)]),
    showDuration(durationMs),
    ...(attempts > 1 ? [`${attempts} tries`] : []),
    ...(checks.length > 0 ? [`${checks.length} ${checks.length === 1 ? "check" : "checks"}`] : []),
    ...captured.map(({ name, shown }) => `${name}=${shown}`),
  ];
  const text = `${title(step)}  ${facts.join(" · ")}`;
  if (outcome === "skipped") return [{ tone: "quiet", text: `- ${title(step)}  skipped` }];
  if (outcome === "passed")
    return [{ tone: "good", text: `✓ ${text}` }, ...step.warnings.map((each) => warning(each))];
  if (tolerated)
    return [{ tone: "warn", text: `! ${text}` }, warning(step.failure?.what ?? "It did not pass.")];
  return [
    { tone: "bad", text: `✗ ${text}` },
    ...cause(step, sources).map((line): ReportLine => ({ tone: "note", text: `    ${line}` })),
  ];
}

function warning(text: string): ReportLine {
  return { tone: "warn", text: `    ${text}` };
}

/** The last lines: what it came to, and in how many checks. */
export function endLines(verdict: Verdict): readonly ReportLine[] {
  const { outcome, name, summary, counts, durationMs, steps, failure } = verdict;
  const told = `${name}: ${outcome}, ${summary}, ${counts.checks} checks on ${counts.requests} requests in ${showDuration(durationMs)}`;
  const isExplained = steps.some((step) => step.failure !== undefined && !step.tolerated);
  const why = failure !== undefined && !isExplained ? [failure.what, `fix: ${failure.fix}`] : [];
  return [
    {
      tone: outcome === "passed" ? "good" : "bad",
      text: `${outcome === "passed" ? "✓" : "✗"} ${told}`,
    },
    ...why.map((text): ReportLine => ({ tone: "note", text: `    ${text}` })),
  ];
}
