import type { Failure } from "../../model/failure.ts";
import type { Result } from "../../model/event.ts";
import type { Json } from "../../model/json.ts";
import type { Work } from "../../ports/step-kind.ts";
import { confirm, keptBy, putBack } from "../backup/restore.ts";
import { evidenceOf, explain, hasPassed, lastLines, show } from "../kept.ts";
import type { Argv, Standing } from "./adapters/adapter.ts";
import { hasPostgres, placeOf } from "./postgres/psql.ts";
import { noWayBack, restoredAfterUs } from "./safety.ts";
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
import { askBefore, findTrouble, invalidBefore } from "./tool-truth.ts";

/** Whether what was applied can be taken back now. */
export async function probeTool(given: Work<MigrateSpec>): Promise<Result> {
  const work = withAdapter(given);
  const { restore_from } = work.spec;
  if (notedStanding(work.facts) === undefined)
    return { outcome: "passed", summary: "nothing was applied" };
  const cant = namesIn(work.facts["irreversible"]);
  if (work.adapter.down && cant.length === 0)
    return { outcome: "passed", summary: `the way back: ${work.adapter.downName}` };
  const from = restoredAfter(work) ?? restore_from ?? "";
  const kept = keptBy(work.factsOf(from));
  if (kept.state === "nothing")
    return {
      outcome: "failed",
      failure: noWayBack(`${restore_from ?? "the plan"} left no backup in this run`),
    };
  if (kept.state === "copied") await confirm(kept, work);
  return { outcome: "passed", summary: `the way back: the backup of ${from}, unchanged` };
}

/** The backup step that puts back, later in the same rollback, what this tool changes; undefined when there is none. */
export function restoredAfter(work: ToolWork): string | undefined {
  return restoredAfterUs(work, hasPostgres(work) ? placeOf(work.spec.postgres) : undefined);
}

/** Lets the tool take back what it applied, or puts the backup back. */
export async function undoTool(given: Work<MigrateSpec>): Promise<Result> {
  const work = withAdapter(given);
  const before = notedStanding(work.facts);
  if (before === undefined) return { outcome: "passed", summary: "nothing was applied" };
  const { adapter } = work;
  if (!adapter.down) return restore(work, before);
  const found = await askBefore(work, invalidBefore(work.facts));
  if (found.blocking) return { outcome: "failed", failure: found.blocking };
  const now = await standingOf(work);
  if (now.text === before.text)
    return found.failure
      ? { outcome: "failed", failure: found.failure }
      : { outcome: "passed", summary: "nothing was applied: the tool says the same as before" };
  const cant = namesIn(work.facts["irreversible"]);
  if (cant.some((name) => !now.pending?.includes(name))) return restore(work, before);
  const commands = adapter.down(before, now);
  await work.note({ down: commands.map((argv) => [...argv]) });
  return takeBack(work, commands);
}

/** Goes on with the commands of an undo that a crash left alone; a command that began is never begun again. */
export async function settleDown(work: ToolWork): Promise<Result | "never started"> {
  const receipt = await shellOf(work).receipt(keyOf(work, 0));
  const commands = notedCommands(work.facts["down"]) ?? work.adapter.down?.(NOWHERE, NOWHERE) ?? [];
  switch (receipt.state) {
    case "never started":
      return "never started";
    case "running":
      return takeBack(work, commands);
    case "ended":
      return commands.length > 1
        ? takeBack(work, commands)
        : verdict(work, [{ finished: receipt.finished }], commands);
    case "lost":
      return verdict(work, [{ lost: lostCommand("down", receipt.why) }], commands);
  }
}

const NOWHERE: Standing = { isPending: false, text: "" };

function notedCommands(noted: Json | undefined): readonly Argv[] | undefined {
  if (!Array.isArray(noted)) return undefined;
  return noted.flatMap((each): Argv[] => {
    const [program, ...rest] = Array.isArray(each) ? each.map(String) : [];
    return program === undefined ? [] : [[program, ...rest]];
  });
}

function keyOf({ key }: Pick<ToolWork, "key">, at: number): string {
  return at === 0 ? `${key}/down` : `${key}/down.${at + 1}`;
}

async function takeBack(work: ToolWork, commands: readonly Argv[]): Promise<Result> {
  const all: Ended[] = [];
  for (const [at, argv] of commands.entries()) {
    const ended = await carryOut(work, argv, { key: keyOf(work, at), stream: "undo" });
    all.push(ended);
    if ("lost" in ended || !hasPassed(ended.finished)) break;
  }
  return verdict(work, all, commands);
}

async function verdict(
  work: ToolWork,
  all: readonly Ended[],
  commands: readonly Argv[],
): Promise<Result> {
  const after = await standingOf(work);
  const found = await findTrouble(work, invalidBefore(work.facts));
  const evidence = evidenceOf(
    ...all.map((each) => ("finished" in each ? each.finished : undefined)),
  );
  const last = all.at(-1);
  const name = show(commands[Math.max(all.length - 1, 0)] ?? []);
  const isSame = after.text === work.facts["before"];
  if (last && "finished" in last && !hasPassed(last.finished))
    return { outcome: "failed", failure: explain(last.finished, name), evidence };
  if (work.adapter.isExact ? !isSame : !after.isPending) {
    const failure = notBack(`${name} ended`, after, work);
    const worded = last ? withWords(failure, last) : failure;
    const isUnknown = last !== undefined && "lost" in last && !found.isEnded;
    return { outcome: isUnknown ? "unknown" : "failed", failure: worded, evidence };
  }
  if (found.failure) return { outcome: "failed", failure: found.failure, evidence };
  return {
    outcome: "passed",
    summary: isSame
      ? "taken back; the tool says the same as before the run"
      : "taken back; it is pending again",
    warnings: isSame ? [] : ["The tool's status is not word for word what it was before the run."],
    evidence,
  };
}

async function restore(work: ToolWork, before: Standing): Promise<Result> {
  const later = restoredAfter(work);
  if (later !== undefined)
    return { outcome: "passed", summary: `left to ${later}, which puts its backup back` };
  const from = work.spec.restore_from ?? "";
  const kept = keptBy(work.factsOf(from));
  const restored = await putBack(work, from, kept);
  // Without a database the tool has nothing that it could be asked about.
  if (kept.state !== "copied") return restored;
  const after = await standingOf(work);
  const isBack = work.adapter.isExact ? after.text === before.text : after.isPending;
  if (isBack) return restored;
  const failure = notBack(`The backup of ${from} was put back`, after, work);
  return { ...restored, outcome: "failed", failure };
}

function notBack(what: string, { text, isPending }: Standing, { facts }: ToolWork): Failure {
  const before = notedStanding(facts)?.text ?? "";
  return {
    code: "migrations-not-back",
    what: isPending
      ? `${what}, and the tool says something else than before the run.`
      : `${what}, and the tool says that nothing is pending: nothing was taken back.`,
    fix: "Take the migrations back by hand, then unlock the environment.",
    detail: isPending ? `before:\n${before}\nnow:\n${lastLines(text)}` : lastLines(text),
  };
}

function namesIn(noted: Json | undefined): readonly string[] {
  return Array.isArray(noted) ? noted.map(String) : [];
}
