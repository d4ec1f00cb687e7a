import type { CheckVerdict, StepVerdict } from "../verdict.ts";

const PHASES = { setup: "setup: ", reset: "reset: ", step: "", always: "always: " } as const;

/** The name of a step among all that were carried out: phase, run and row where there are several. */
export function title({ path, phase, run, row }: StepVerdict): string {
  const where = [
    // With data alone each row is one run.
    ...(run > 1 && run !== row ? [`run ${run}`] : []),
    ...(row === undefined ? [] : [`row ${row}`]),
  ];
  return `${PHASES[phase]}${path}${where.length === 0 ? "" : ` (${where.join(", ")})`}`;
}

/** `smoke.scenario.yaml:24:7` */
export function placeOf({ at }: { readonly at: CheckVerdict["at"] }): string {
  return `${at.file}:${at.line}:${at.column}`;
}

/** The text of a file that a verdict names, where it is at hand. */
export type Sources = (file: string) => string | undefined;

function quoted({ at }: CheckVerdict, sources: Sources): readonly string[] {
  const line = sources(at.file)?.split("\n")[at.line - 1]?.trimEnd();
  return line === undefined ? [] : [`    ${at.line} | ${line}`];
}

/** Everything that a person needs to see why a step did not pass, line by line. */
export function cause(step: StepVerdict, sources: Sources = () => undefined): readonly string[] {
  const { failure, checks } = step;
  const misses = checks.filter(({ outcome }) => outcome !== "passed");
  const differences = misses.flatMap((check) => [
    `${placeOf(check)} ${check.what ?? check.name}`,
    ...quoted(check, sources),
    ...(check.diff === undefined ? [] : check.diff.split("\n").map((line) => `    ${line}`)),
  ]);
  const seen = new Set(differences);
  // The detail names each miss again, for those who see it alone.
  const detail = failure?.detail?.split("\n").filter((line) => !seen.has(line.trim()));
  return [
    ...(failure === undefined ? [] : [failure.what]),
    ...differences,
    ...(detail ?? requestLines(step)),
    ...(failure?.hint === undefined ? [] : [`hint: ${failure.hint}`]),
    ...(failure === undefined ? [] : [`fix: ${failure.fix}`]),
  ];
}

function requestLines({ asked, answer }: StepVerdict): readonly string[] {
  if (asked === undefined) return [];
  const answered =
    answer === undefined ? "no answer" : `status ${answer.status}, ${answer.bytes} bytes`;
  return [`${asked.method} ${asked.url}: ${answered}`, `repeat it: ${asked.curl}`];
}
