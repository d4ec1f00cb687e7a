import { bare, oneLine } from "../../lib/one-line.ts";
import type { Diagnostic, Position } from "../../model/diagnostic.ts";
import { letsGoOn } from "../../model/outcome.ts";
import type { Plan } from "../../model/plan.ts";
import type { Record as RunRecord } from "../record-schema.ts";

/** A word beside a line of a file, as CI systems show it. */
export interface Annotation {
  readonly level: "error" | "warning" | "notice";
  /** One line. */
  readonly title: string;
  readonly message: string;
  readonly at?: Position;
}

/** A failure, or what a record keeps of one. */
type Told = NonNullable<RunRecord["because"]>;
type Step = RunRecord["steps"][number];
type Attempt = Step["attempts"][number];

/** Everything that a run has to complain about, the worst first, and one notice that says how it ended. */
export function annotationsOf(record: RunRecord, plan: Pick<Plan, "steps">): readonly Annotation[] {
  const places = new Map(plan.steps.map(({ id, at }) => [id, at]));
  const found = record.steps.flatMap((step) => {
    const at = places.get(step.id);
    return [...troubles(step, at), ...warnings(step, at)];
  });
  const sorted = found.toSorted((a, b) => a.rank - b.rank).map(({ annotation }) => annotation);
  return [...unsaid(record, sorted), ...sorted, ending(record)];
}

/** Faults in texts that people wrote. */
export function annotationsOfFaults(diagnostics: readonly Diagnostic[]): readonly Annotation[] {
  const all = diagnostics.map(({ severity, what, fix, file, line, column }): Annotation => ({
    level: severity,
    title: oneLine(what),
    message: bare(`${what}\nfix: ${fix}`),
    at: { file, line, column },
  }));
  return all.toSorted((a, b) => Number(a.level !== "error") - Number(b.level !== "error"));
}

/** What kept a run from beginning, or from being told of. */
export function annotationOfFailure(failure: Told, title = failure.what): Annotation {
  return {
    level: "error",
    title: oneLine(title),
    message: wordsOf(failure),
    ...(failure.at && { at: failure.at }),
  };
}

interface Ranked {
  /** Smaller is worse. */
  readonly rank: number;
  readonly annotation: Annotation;
}

const RANKS: Readonly<Record<string, number>> = {
  failed: 1,
  error: 2,
  unknown: 3,
  inconclusive: 4,
};

/** The last word of each side of a step, where it is not a good one. */
function troubles(step: Step, at: Position | undefined): readonly Ranked[] {
  const phases = [...new Set(step.attempts.map(({ phase }) => phase))];
  return phases.flatMap((phase) => {
    const last = step.attempts.findLast((attempt) => attempt.phase === phase);
    if (!last?.failure || !isBad(last)) return [];
    const isTolerated = phase === "accept" || (phase === "do" && step.went_on);
    const words = phase === "do" ? last.outcome : `${phase} ${last.outcome}`;
    return {
      // A way back that fails leaves the environment in pieces.
      rank: phase === "do" || isTolerated ? (RANKS[last.outcome] ?? 5) : 0,
      annotation: {
        ...annotationOfFailure(last.failure, `${step.id} ${words}: ${last.failure.what}`),
        level: isTolerated ? "warning" : "error",
        ...(at && !last.failure.at && { at }),
      } satisfies Annotation,
    };
  });
}

function isBad({ outcome }: Attempt): boolean {
  return outcome === "lost" || outcome === "unfinished" ? false : !letsGoOn(outcome);
}

function warnings(step: Step, at: Position | undefined): readonly Ranked[] {
  const said = new Set(step.attempts.flatMap((attempt) => attempt.warnings));
  return [...said].map((text) => ({
    rank: 9,
    annotation: {
      level: "warning",
      title: oneLine(`${step.id}: ${text}`),
      message: bare(text),
      ...(at && { at }),
    },
  }));
}

/** Why the run ended as it did, unless a step has said the same. */
function unsaid({ because, exit }: RunRecord, said: readonly Annotation[]): readonly Annotation[] {
  if (!because || exit === 0) return [];
  const words = wordsOf(because);
  return said.some(({ message }) => message === words) ? [] : [annotationOfFailure(because)];
}

function ending({ run, status, environment, plan, release, exit }: RunRecord): Annotation {
  const what = release?.name ?? plan;
  const title = oneLine(`Run ${run} ${status.replaceAll("_", " ")}: ${what} on ${environment}`);
  return { level: "notice", title, message: exit === null ? title : `${title} (exit ${exit})` };
}

/** A failure in the order that every renderer keeps: what, its own words, the hint, what to do. */
function wordsOf({ what, detail, hint, fix }: Told): string {
  const lines = [what, ...(detail ? [detail.trimEnd()] : []), ...(hint ? [`hint: ${hint}`] : [])];
  return bare([...lines, `fix: ${fix}`].join("\n"));
}
