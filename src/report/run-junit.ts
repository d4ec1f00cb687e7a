import { bare, oneLine } from "../lib/one-line.ts";
import { xmlAttribute as attribute, xmlText as text } from "../lib/xml.ts";
import type { Plan } from "../model/plan.ts";
import type { Annotation } from "./ci/annotations.ts";
import { lastAct, linesToProve } from "./criteria.ts";
import type { Record as RunRecord } from "./record-schema.ts";

type Case = RunRecord["criteria"][number];

/**
 * A run in the form that every CI reads: one `testcase` for each criterion, or for each step when the plan names none.
 *
 * What was not reached is `skipped`, never passed; a run that ended badly without any of them saying so gets a case of
 * its own, so that nobody reads it as green. The form is that of https://github.com/testmoapp/junitxml.
 */
export function runJunit(record: RunRecord, plan: Pick<Plan, "steps">): string {
  const cases = linesToProve(record);
  const kinds = [
    ...cases.map((each) => kindOf(each, record)),
    ...(isUnsaid(record) ? ["error"] : []),
  ];
  const count = (kind: string) => kinds.filter((each) => each === kind).length;
  const counts = `tests="${kinds.length}" failures="${count("failure")}" errors="${count("error")}" skipped="${count("skipped")}"`;
  const time = seconds(record.driven_ms);
  const name = attribute(`${record.plan} on ${record.environment}`);
  const places = new Map(plan.steps.map(({ id, at }) => [id, at]));
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${attribute(record.project)}" ${counts} time="${time}">`,
    `  <testsuite name="${name}" ${counts} time="${time}" timestamp="${attribute(record.timestamp)}">`,
    ...cases.map((each) => `    ${testcase(each, { record, places })}`),
    ...wholeCase(record),
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

/** What came instead of a run, in the same form: without a report, nobody would see that there was none. */
export function faultsJunit(faults: readonly Annotation[]): string {
  const errors = faults.filter(({ level }) => level === "error");
  const cases = errors.map(({ title, message, at }) => {
    const place = at ? ` file="${attribute(at.file)}" line="${at.line}"` : "";
    return `    <testcase name="${attribute(title)}" classname="seaworthy"${place} time="0.000"><error message="${attribute(title)}" type="did-not-run">${text(message)}</error></testcase>`;
  });
  const counts = `tests="${cases.length}" failures="0" errors="${cases.length}" skipped="0" time="0.000"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="seaworthy" ${counts}>`,
    `  <testsuite name="seaworthy" ${counts}>`,
    ...cases,
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function className({ project, plan }: RunRecord): string {
  return attribute(`${project}.${plan}`);
}

function kindOf(
  { outcome, steps }: Case,
  record: RunRecord,
): "failure" | "error" | "skipped" | undefined {
  if (outcome === "skipped" || outcome === "not reached") return "skipped";
  if (outcome === "passed" || outcome === "overridden") return undefined;
  if (isTolerated(steps, record)) return undefined;
  return outcome === "failed" ? "failure" : "error";
}

/** The plan itself went on after this step. A criterion is another matter: it says what must be shown. */
function isTolerated(ids: readonly string[], { criteria, steps }: RunRecord): boolean {
  return (
    criteria.length === 0 && steps.some(({ id, went_on: wentOn }) => ids.includes(id) && wentOn)
  );
}

interface Around {
  readonly record: RunRecord;
  readonly places: ReadonlyMap<string, Plan["steps"][number]["at"]>;
}

function testcase(each: Case, { record, places }: Around): string {
  const { name, duration_ms: ms, steps, proof, outcome } = each;
  const at = places.get(worstOf(each, record)?.id ?? steps[0] ?? "");
  const place = at ? ` file="${attribute(at.file)}" line="${at.line}"` : "";
  const head = `<testcase name="${attribute(name)}" classname="${className(record)}"${place} time="${seconds(ms ?? 0)}">`;
  const kind = kindOf(each, record);
  const said = proof.map((line) => bare(line)).join("\n");
  const tolerated =
    kind === undefined && outcome !== "passed" ? `${outcome}; the plan goes on after it\n` : "";
  return `${head}${problem(each, record, kind)}<system-out>${text(tolerated + said)}</system-out></testcase>`;
}

function problem(each: Case, record: RunRecord, kind: ReturnType<typeof kindOf>): string {
  if (kind === undefined) return "";
  if (kind === "skipped") return `<skipped message="${attribute(each.outcome)}"/>`;
  const step = worstOf(each, record);
  const failure = step && lastAct(step)?.failure;
  const what = failure?.what ?? `The outcome is ${each.outcome}.`;
  const words = failure
    ? [
        failure.what,
        ...(failure.at ? [`at ${failure.at.file}:${failure.at.line}:${failure.at.column}`] : []),
        ...(failure.detail ? [failure.detail] : []),
        ...(failure.hint ? [`hint: ${failure.hint}`] : []),
        `fix: ${failure.fix}`,
      ]
    : [what];
  return `<${kind} message="${attribute(oneLine(what))}" type="${attribute(failure?.code ?? each.outcome)}">${text(bare(words.join("\n")))}</${kind}>`;
}

/** The step that made the criterion what it is. */
function worstOf(
  { outcome, steps }: Case,
  record: RunRecord,
): RunRecord["steps"][number] | undefined {
  return record.steps.find((step) => steps.includes(step.id) && step.outcome === outcome);
}

function isUnsaid(record: RunRecord): boolean {
  const kinds = linesToProve(record).map((each) => kindOf(each, record));
  const isSaid = kinds.some((kind) => kind === "failure" || kind === "error");
  return record.status !== "success" && !isSaid;
}

function wholeCase(record: RunRecord): readonly string[] {
  if (!isUnsaid(record)) return [];
  const { because, status } = record;
  const what = because?.what ?? `The run is ${status.replaceAll("_", " ")}.`;
  const fix = because ? `${what}\nfix: ${because.fix}` : what;
  return [
    `    <testcase name="the whole run" classname="${className(record)}" time="0.000"><error message="${attribute(oneLine(what))}" type="${attribute(because?.code ?? status)}">${text(bare(fix))}</error></testcase>`,
  ];
}

function seconds(ms: number): string {
  return (Math.max(0, ms) / 1_000).toFixed(3);
}
