import type { Result } from "../../model/event.ts";
import type { Evidence } from "../../model/evidence.ts";
import type { LogPiece } from "../../ports/driver.ts";
import type { Work } from "../../ports/step-kind.ts";
import { keepText } from "../kept.ts";
import { knownKinds, remember } from "./known.ts";
import { lastLinesOf } from "./last.ts";
import { LEVELS } from "../../lib/log-level.ts";
import { LOG_MARK } from "./mark.ts";
import { scan, type Scan } from "./scan.ts";
import { type LogSource, markNow, sourceOf } from "./source.ts";
import { type LogsSpec, subjectOf } from "./spec.ts";
import { type Case, countOf, isThere, newKinds, times, verdictOf, wrongNow } from "./verdict.ts";

type LogsWork = Work<LogsSpec>;

const LOOK_MS = 500;
/** The fact that holds which kinds of errors were seen, as digests. */
const KINDS = "log_kinds";

/** Notes where the log ends, or judges what came after such a mark. */
export function run(work: LogsWork): Promise<Result> {
  return work.spec.mark ? mark(work) : judge(work);
}

async function mark(work: LogsWork): Promise<Result> {
  const name = subjectOf(work.spec);
  return {
    outcome: "passed",
    summary: `noted where the log of ${name} ends`,
    facts: { [LOG_MARK]: await markNow(work) },
  };
}

async function judge(work: LogsWork): Promise<Result> {
  const source = sourceOf(work);
  const known = work.spec.new_errors === undefined ? undefined : await knownKinds(work);
  const began = work.clock.monotonic();
  const of = await readUntil(work, source, known);
  const evidence = [
    ...(await keepText(work, "excerpts", of.found.excerpts())),
    ...(await keepFull(work, source)),
  ];
  const verdict = verdictOf(of);
  const numbers = { ...numbersOf(of), durationMs: Math.round(work.clock.monotonic() - began) };
  const facts = work.spec.new_errors && { [KINDS]: [...of.found.kinds.keys()] };
  const rest = { numbers, evidence, warnings: warningsOf(of), ...(facts && { facts }) };
  work.progress(`${times(of.found.lines, "line")} of ${source.name} read`, {
    outcome: verdict.outcome === "passed" ? "passed" : "failed",
    numbers,
  });
  if (verdict.outcome !== "passed") return { ...verdict, ...rest };
  return { outcome: "passed", summary: summaryOf(of), ...rest };
}

/** Reads the log; again and again while something that must be there is not, and there is time. */
async function readUntil(
  work: LogsWork,
  source: LogSource,
  known: ReadonlySet<string> | undefined,
): Promise<Case> {
  const { spec, clock, signal, step, release } = work;
  const deadline = clock.monotonic() + (spec.within ?? 0);
  for (;;) {
    const began = clock.monotonic();
    const found = await scan(piecesOf(source, spec), spec, release?.id);
    const of: Case = { name: source.name, spec, found, at: step.at, known };
    const now = clock.monotonic();
    if (now >= deadline || isThere(of) || wrongNow(of) !== undefined) return of;
    work.progress(`${times(found.lines, "line")} so far, ${waitedFor(found)} still to come`);
    // A long log takes long to read; it is not to be read all the time.
    await clock.sleep(Math.min(deadline - now, Math.max(LOOK_MS, 2 * (now - began))), signal);
  }
}

/** What is judged, and kept. */
function piecesOf(source: LogSource, { last }: LogsSpec): AsyncIterable<LogPiece> {
  return last === undefined ? source.read() : lastLinesOf(source.read(), last);
}

function waitedFor({ must }: Scan): string {
  const lacking = must.filter(({ count }) => count === 0).map(({ pattern }) => `/${pattern}/`);
  return lacking.length > 0 ? lacking.join(", ") : "what must be there is";
}

async function keepFull(work: LogsWork, source: LogSource): Promise<Evidence[]> {
  const wish = work.step.save["full"];
  if (wish === undefined) return [];
  const { artifacts, step } = work;
  const sink = await artifacts.open(await artifacts.name(wish), { keepBytes: step.keepBytes });
  let part: string | undefined;
  for await (const piece of piecesOf(source, work.spec)) {
    if (piece.part !== part) sink.write(`==> ${piece.part} <==\n`);
    part = piece.part;
    sink.write(piece.text);
  }
  return [await sink.close()];
}

function numbersOf({ found, spec, known }: Case): Record<string, number> {
  const levels = spec.levels !== undefined || spec.new_errors !== undefined;
  return {
    samples: found.lines,
    lines: found.lines,
    ...(spec.must_not && {
      forbidden: found.mustNot.reduce((sum, { count }) => sum + count, 0),
    }),
    ...(spec.must && { expected: found.must.filter(({ count }) => count > 0).length }),
    ...(spec.except && { exempt: found.exempt }),
    ...(levels && Object.fromEntries(LEVELS.map((level) => [level, countOf(found, level)]))),
    ...(spec.entries && { entries: found.entries.reduce((sum, each) => sum + each.found, 0) }),
    ...(spec.new_errors && {
      errorKinds: found.kinds.size,
      newErrorKinds: newKinds({ found, known }).length,
    }),
  };
}

function warningsOf(of: Case): string[] {
  const { found, spec, known, name } = of;
  const fresh = spec.new_errors === "warn" ? newKinds(of) : [];
  return [
    ...(found.cut > 0
      ? [
          `${times(found.cut, "piece")} of lines longer than 1 MB in the log of ${name}; each piece was judged as a line.`,
        ]
      : []),
    ...(found.lost > 0 ? [`Part of the log of ${name} is not there any more.`] : []),
    ...(fresh.length > 0
      ? [
          `${times(fresh.length, "kind")} of errors that the accepted release did not have, first: ${fresh[0]?.line.slice(0, 200)}`,
        ]
      : []),
    ...(spec.new_errors !== undefined && known === undefined
      ? [
          `No accepted release to compare with yet: ${times(found.kinds.size, "kind")} of errors will be known once this run is accepted.`,
        ]
      : []),
  ];
}

function summaryOf({ found, name, spec }: Case): string {
  const parts = found.parts.size > 1 ? ` of ${found.parts.size} parts` : "";
  const entries = spec.entries
    ? `, ${times(
        found.entries.reduce((sum, each) => sum + each.found, 0),
        "entry",
        "entries",
      )}`
    : "";
  return `${times(found.lines, "line")}${parts} of ${name}${entries}, as ${found.lines === 1 ? "it" : "they"} must be`;
}

export async function accept(work: LogsWork): Promise<Result> {
  const kinds = work.facts[KINDS];
  if (Array.isArray(kinds)) await remember(work, kinds.map(String));
  return { outcome: "passed" };
}
