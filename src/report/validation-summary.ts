import { showDuration } from "../lib/duration.ts";
import { oneLine } from "../lib/one-line.ts";
import { lastAct, linesToProve } from "./criteria.ts";
import type { Record as RunRecord } from "./record-schema.ts";

/** The run's end on one sheet: a line for each criterion with its proof, then what keeps it from being good. */
export function validationSummary(record: RunRecord): string {
  const lines = linesToProve(record);
  const width = Math.max(0, ...lines.map(({ name }) => name.length));
  const passed = lines.filter(({ outcome }) => outcome === "passed").length;
  const kind = record.criteria.length > 0 ? "criteria" : "steps";
  const rows = lines.map(({ name, outcome, duration_ms: ms, proof }) => {
    const took = ms === null ? "" : showDuration(ms);
    return `${outcome.toUpperCase().padEnd(12)}  ${oneLine(name).padEnd(width)}  ${took.padStart(8)}  ${proof.join("; ")}`;
  });
  const end = record.exit === null ? record.status : `${record.status}, exit ${record.exit}`;
  return [
    `Run ${record.run}: ${record.plan} of ${record.project} on ${record.environment}`,
    `Release   ${releaseWords(record)}`,
    `Began     ${record.timestamp}`,
    `Ended     ${record.ended_at ?? "not yet"}`,
    "",
    ...rows.map((row) => row.trimEnd()),
    "",
    `${passed} of ${lines.length} ${kind} passed. The run: ${end.replaceAll("_", " ")}.`,
    ...why(record),
    "",
  ].join("\n");
}

function releaseWords({ release, previous }: RunRecord): string {
  const name = release === null ? "none" : oneLine(release.name);
  const commit = release?.commit === undefined ? "" : ` (${release.commit.slice(0, 12)})`;
  return `${name}${commit}, before: ${previous === null ? "nothing" : oneLine(previous.name)}`;
}

function why(record: RunRecord): readonly string[] {
  const failed = record.steps.flatMap((step) => {
    const failure = step.went_on ? null : lastAct(step)?.failure;
    return failure ? [{ step: step.id, ...failure }] : [];
  });
  const said = new Set(failed.map(({ what }) => what));
  const { because } = record;
  const whole = because && !said.has(because.what) ? [{ step: "run", ...because }] : [];
  return [...failed, ...whole].flatMap(({ step, what, fix, at }) => [
    "",
    `${step}: ${oneLine(what)}${at ? ` (${at.file}:${at.line}:${at.column})` : ""}`,
    `  fix: ${oneLine(fix)}`,
  ]);
}
