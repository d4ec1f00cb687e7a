import { xmlAttribute, xmlText } from "../../lib/xml.ts";
import type { StepVerdict, Verdict } from "../verdict.ts";
import { cause, title } from "./words.ts";

/**
 * A verdict in the form that every CI reads: one `testcase` for each step.
 *
 * A step that was tolerated counts as passed and says so in `system-out`. The form is that of
 * https://github.com/testmoapp/junitxml; XML 1.0 forbids some characters, which are shown as U+FFFD.
 */
export function junit(verdict: Verdict): string {
  const { steps, name, durationMs, file } = verdict;
  const cases = [...steps.map((step) => testcase(step, verdict)), ...wholeCase(verdict)];
  const counts = countsOf(verdict);
  const numbers = Object.entries(counts)
    .map(([key, count]) => `${key}="${count}"`)
    .join(" ");
  const time = seconds(durationMs);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${xmlAttribute(name)}" ${numbers} time="${time}">`,
    `  <testsuite name="${xmlAttribute(name)}" file="${xmlAttribute(file)}" ${numbers} time="${time}">`,
    ...cases.map((each) => `    ${each}`),
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function countsOf(verdict: Verdict): Readonly<Record<string, number>> {
  const { steps } = verdict;
  const kinds = [...steps.map(kindOf), ...(isUnexplained(verdict) ? ["error" as const] : [])];
  const count = (kind: string) => kinds.filter((each) => each === kind).length;
  return {
    tests: kinds.length,
    failures: count("failure"),
    errors: count("error"),
    skipped: count("skipped"),
  };
}

function kindOf({ outcome, tolerated }: StepVerdict): "failure" | "error" | "skipped" | undefined {
  if (outcome === "skipped") return "skipped";
  if (outcome === "passed" || tolerated) return undefined;
  return outcome === "failed" ? "failure" : "error";
}

/** The scenario did not pass, and no step says why: nobody may read that as green. */
function isUnexplained({ outcome, steps }: Verdict): boolean {
  return (
    outcome !== "passed" &&
    steps.every((step) => kindOf(step) === undefined || kindOf(step) === "skipped")
  );
}

function wholeCase(verdict: Verdict): readonly string[] {
  if (!isUnexplained(verdict)) return [];
  const what = verdict.failure?.what ?? `The scenario is ${verdict.outcome}.`;
  return [
    `<testcase name="the whole scenario" classname="${xmlAttribute(verdict.name)}" time="0.000"><error message="${xmlAttribute(what)}" type="${xmlAttribute(verdict.failure?.code ?? verdict.outcome)}">${xmlText(what)}</error></testcase>`,
  ];
}

function testcase(step: StepVerdict, { name, file }: Verdict): string {
  const head = `<testcase name="${xmlAttribute(title(step))}" classname="${xmlAttribute(name)}" file="${xmlAttribute(step.at.file || file)}" line="${step.at.line}" time="${seconds(step.durationMs)}"`;
  const within = [...properties(step), ...problem(step), ...said(step)].join("");
  return within === "" ? `${head}/>` : `${head}>${within}</testcase>`;
}

function properties({ attempts }: StepVerdict): readonly string[] {
  return attempts > 1
    ? [`<properties><property name="attempts" value="${attempts}"/></properties>`]
    : [];
}

function problem(step: StepVerdict): readonly string[] {
  const kind = kindOf(step);
  if (kind === undefined) return [];
  if (kind === "skipped") return ["<skipped/>"];
  const { code = step.outcome, what = "It did not pass." } = step.failure ?? {};
  return [
    `<${kind} message="${xmlAttribute(what)}" type="${xmlAttribute(code)}">${xmlText(cause(step).join("\n"))}</${kind}>`,
  ];
}

function said(step: StepVerdict): readonly string[] {
  const tolerated = step.tolerated && step.failure ? [`Tolerated: ${step.failure.what}`] : [];
  const lines = [...tolerated, ...step.warnings.filter((each) => each !== step.failure?.what)];
  return lines.length === 0 ? [] : [`<system-out>${xmlText(lines.join("\n"))}</system-out>`];
}

function seconds(ms: number): string {
  return (Math.max(0, ms) / 1_000).toFixed(3);
}
