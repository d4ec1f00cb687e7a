import { Fault, type Failure } from "../../model/failure.ts";
import type { Result } from "../../model/event.ts";
import type { Work } from "../../ports/step-kind.ts";
import { CHANGES_DATA } from "../backup/changes.ts";
import { evidenceOf, explain, hasPassed, keepText, lastLines, show } from "../kept.ts";
import { knownWords, type Standing } from "./adapters/adapter.ts";
import { noWayBack, withoutBackup } from "./safety.ts";
import type { MigrateSpec } from "./spec.ts";
import {
  carryOut,
  type Ended,
  lostCommand,
  notedStanding,
  shellOf,
  standingOf,
  type ToolWork,
  withAdapter,
  withWords,
} from "./tool-asking.ts";
import { examine, type Examined } from "./tool-reversible.ts";
import { askBefore, type Found, findTrouble, invalidBefore } from "./tool-truth.ts";
import { restoredAfter, settleDown } from "./tool-back.ts";

/** Runs the tool once, and believes what the tool says afterwards, never its exit code alone. */
export async function runTool(given: Work<MigrateSpec>): Promise<Result> {
  const work = withAdapter(given);
  const before = await standingOf(work);
  if (!before.isPending) return nothingPending(work, before);
  const { pending } = before;
  if (pending) work.progress(`pending: ${pending.join(", ")}`);
  const numbers = pending && { numbers: { pending: pending.length } };
  const stop = (failure: Failure): Result => ({ outcome: "failed", failure, ...numbers });
  const refusal = withoutBackup(work);
  if (refusal) return stop(refusal);
  const examined = await examine(work, before);
  const hasRescue = work.spec.restore_from !== undefined || restoredAfter(work) !== undefined;
  if (examined.no.length > 0 && !hasRescue)
    return stop(noWayBack(`${examined.no.join(", ")} can't be taken back, says the tool`));
  const found = await askBefore(work, invalidBefore(work.facts));
  if (found.blocking) return stop(found.blocking);
  await noteStart(work, { before, examined, found });
  return verdict(work, await carryOut(work, work.adapter.up, upOf(work)));
}

function upOf({ key }: Pick<ToolWork, "key">) {
  return { key: `${key}/up`, stream: "output" } as const;
}

async function nothingPending(work: ToolWork, { applied, text }: Standing): Promise<Result> {
  const found = await findTrouble(work);
  const newest = applied?.at(-1);
  return {
    outcome: "passed",
    summary:
      applied === undefined
        ? "nothing pending"
        : `nothing pending; ${applied.length} applied${newest === undefined ? "" : `, up to ${newest}`}`,
    numbers: { pending: 0, ...(applied && { known: applied.length }) },
    ...(found.failure && { warnings: [`${found.failure.what} ${found.failure.fix}`] }),
    ...(applied && { evidence: await keepText(work, "status", `${text}\n`) }),
  };
}

interface Start {
  readonly before: Standing;
  readonly examined: Examined;
  readonly found: Found;
}

/** What counts is what was there before the run: a second attempt finds some of them applied. */
async function noteStart(work: ToolWork, { before, examined, found }: Start): Promise<void> {
  const { text, pending, applied, at } = before;
  const lists = { invalid: found.invalid, irreversible: examined.no, unknown: examined.unknown };
  const first = !("before" in work.facts) && {
    before: text,
    ...(pending && { standing: { pending, ...(applied && { applied }), ...(at && { at }) } }),
    ...Object.fromEntries(Object.entries(lists).filter(([, names]) => names.length > 0)),
  };
  await work.note({ ...first, [CHANGES_DATA]: true });
}

/** Asks what became of a command that a crash left alone. */
export async function settleTool(given: Work<MigrateSpec>): Promise<Result | "never started"> {
  const work = withAdapter(given);
  if (work.key.split("/").at(-2) === "undo") return settleDown(work);
  const { key, stream } = upOf(work);
  const receipt = await shellOf(work).receipt(key);
  switch (receipt.state) {
    case "never started":
      return "never started";
    case "running":
      return verdict(work, await carryOut(work, work.adapter.up, { key, stream }));
    case "ended":
      return verdict(work, { finished: receipt.finished });
    case "lost":
      return verdict(work, { lost: lostCommand("up", receipt.why) });
  }
}

async function verdict(work: ToolWork, ended: Ended): Promise<Result> {
  const found = await findTrouble(work, invalidBefore(work.facts));
  const after = await standingOr(work, found);
  if ("failure" in after) return { outcome: "unknown", failure: withWords(after.failure, ended) };
  const status = await keepStatus(work, after);
  const evidence = [...evidenceOf("finished" in ended ? ended.finished : undefined), ...status];
  const failure = whatIsWrong(work, { after, ended, found });
  if (failure)
    return {
      outcome: found.isRunning || ("lost" in ended && !found.isEnded) ? "unknown" : "failed",
      failure,
      ...(after.pending && { numbers: { pending: after.pending.length } }),
      evidence,
    };
  const names = notedStanding(work.facts)?.pending;
  const warnings = warningsOf(work, ended);
  return {
    outcome: "passed",
    summary: names
      ? `applied ${names.join(", ")}; the tool says that nothing is left`
      : "applied what was pending; the tool says that nothing is left",
    facts: { applied: names ?? true },
    numbers: { pending: 0, ...(names && { applied: names.length }) },
    evidence,
    ...(warnings.length > 0 && { warnings }),
  };
}

/** A tool that can't be asked while a session of a killed one holds its lock: what the database says is said then. */
async function standingOr(
  work: ToolWork,
  { failure: trouble }: Found,
): Promise<Standing | { readonly failure: Failure }> {
  try {
    return await standingOf(work);
  } catch (error) {
    if (!(error instanceof Fault) || trouble === undefined) throw error;
    const { what } = error.failure;
    return { failure: { ...trouble, what: `${trouble.what} ${what}` } };
  }
}

/** What PostgreSQL says through whichever tool. */
const ANY_TOOL = [
  {
    words: "due to lock timeout",
    code: "migration-lock-timeout",
    what: "A migration waited for a lock for longer than `lock_timeout` allows, and gave up.",
    fix: "Run again when nobody holds the lock, or raise `lock_timeout`.",
  },
];

interface Seen {
  readonly after: Standing;
  readonly ended: Ended;
  readonly found: Found;
}

function whatIsWrong(work: ToolWork, { after, ended, found }: Seen): Failure | undefined {
  if (after.isPending) {
    const words = "finished" in ended ? ended.finished.tail : "";
    const said = knownWords([...(work.adapter.known ?? []), ...ANY_TOOL], words);
    const failure = stillPending(work, after, said);
    return withWords(mended(failure, found), ended);
  }
  if (found.failure) return withWords(found.failure, ended);
  if ("lost" in ended || hasPassed(ended.finished)) return undefined;
  return explain(ended.finished, `Nothing is pending any more, but ${show(work.adapter.up)}`);
}

function stillPending(work: ToolWork, after: Standing, said: Failure | undefined): Failure {
  const isSame = after.text === work.facts["before"];
  const left = after.pending ? ` Still pending: ${after.pending.join(", ")}.` : "";
  const what = isSame
    ? "Nothing was applied: the tool says the same as before."
    : "Part was applied: the tool says something else than before, and that something is still pending.";
  return {
    code: isSame ? "migration-not-applied" : "migration-partly-applied",
    what: [what + left, said?.what].filter(Boolean).join(" "),
    fix: said?.fix ?? "Read the output of the tool, mend the migration, and run again.",
    detail: lastLines(after.text),
  };
}

/** What the database itself says weighs more than what a tool says that was killed. */
function mended(failure: Failure, { failure: trouble }: Found): Failure {
  if (trouble === undefined) return failure;
  return {
    ...failure,
    what: `${failure.what} ${trouble.what}`,
    fix: `${trouble.fix} Then run again.`,
  };
}

function warningsOf(work: ToolWork, ended: Ended): string[] {
  const { unknown } = work.facts;
  const untold = Array.isArray(unknown) ? unknown.map(String) : [];
  return [
    ...("lost" in ended
      ? [`Nobody saw how ${show(work.adapter.up)} ended: ${ended.lost.what}`]
      : []),
    ...(untold.length > 0
      ? [`Whether these can be taken back could not be told before: ${untold.join(", ")}.`]
      : []),
  ];
}

async function keepStatus(work: ToolWork, after: Standing) {
  if (after.pending === undefined) return [];
  const before = notedStanding(work.facts)?.text ?? "";
  return keepText(work, "status", `before:\n${before}\n\nafter:\n${after.text}\n`);
}
