import { compilePattern } from "../../lib/pattern.ts";
import { Fault, type Failure } from "../../model/failure.ts";
import type { Result } from "../../model/event.ts";
import type { Json } from "../../model/json.ts";
import type { Command, Finished } from "../../ports/shell.ts";
import type { Work } from "../../ports/step-kind.ts";
import { CHANGES_DATA } from "../backup/changes.ts";
import { confirm, keptBy, putBack } from "../backup/restore.ts";
import { evidenceOf, explain, hasPassed, lastLines, runKept, show } from "../kept.ts";
import { inProject } from "../places.ts";
import { noWayBack, withoutBackup } from "./safety.ts";
import type { MigrateSpec, ToolSpec } from "./spec.ts";

export type ToolWork = Work<MigrateSpec> & { readonly spec: { readonly tool: ToolSpec } };

/** What the tool says about the database. */
interface Status {
  readonly isPending: boolean;
  readonly text: string;
}

/** How a command ended, or that nobody knows. */
type Ended = { readonly finished: Finished } | { readonly lost: Failure };

/** Runs the tool once, and believes what the tool says afterwards, never its exit code alone. */
export async function runTool(work: ToolWork): Promise<Result> {
  const before = await status(work);
  if (!before.isPending)
    return { outcome: "passed", summary: "nothing pending", numbers: { pending: 0 } };
  const refusal = withoutBackup(work);
  if (refusal) return { outcome: "failed", failure: refusal };
  const first = !("before" in work.facts) && { before: before.text };
  await work.note({ ...first, [CHANGES_DATA]: true });
  return verdict(work, await carryOut(work, "up"));
}

/** Asks what became of a command that a crash left alone. */
export async function settleTool(work: ToolWork): Promise<Result | "never started"> {
  const way = work.key.split("/").at(-2) === "undo" ? "down" : "up";
  const receipt = await work.shell.receipt(`${work.key}/${way}`);
  const judge = way === "up" ? verdict : verdictOfDown;
  switch (receipt.state) {
    case "never started":
      return "never started";
    case "running":
      return judge(work, await carryOut(work, way));
    case "ended":
      return judge(work, { finished: receipt.finished });
    case "lost":
      return judge(work, { lost: lostCommand(way, receipt.why) });
  }
}

async function verdict(work: ToolWork, ended: Ended): Promise<Result> {
  const after = await status(work);
  const evidence = evidenceOf("finished" in ended ? ended.finished : undefined);
  const name = show(work.spec.tool.up);
  if (after.isPending) {
    const failure = stillPending(after, work.facts["before"]);
    return {
      outcome: "lost" in ended ? "unknown" : "failed",
      failure: withWords(failure, ended),
      evidence,
    };
  }
  if ("lost" in ended)
    return {
      outcome: "passed",
      summary: "applied: the tool says that nothing is pending",
      warnings: [`Nobody saw how ${name} ended: ${ended.lost.what}`],
    };
  if (!hasPassed(ended.finished))
    return {
      outcome: "failed",
      failure: explain(ended.finished, `Nothing is pending any more, but ${name}`),
      evidence,
    };
  return {
    outcome: "passed",
    summary: "applied what was pending; the tool says that nothing is left",
    facts: { applied: true },
    numbers: { pending: 0 },
    evidence,
  };
}

function stillPending(after: Status, before: Json | undefined): Failure {
  const isSame = after.text === before;
  return {
    code: isSame ? "migration-not-applied" : "migration-partly-applied",
    what: isSame
      ? "Nothing was applied: the tool says the same as before."
      : "Part was applied: the tool says something else than before, and that something is still pending.",
    fix: "Read the output of the tool, mend the migration, and run again.",
    detail: lastLines(after.text),
  };
}

function withWords(failure: Failure, ended: Ended): Failure {
  const words = "finished" in ended ? lastLines(ended.finished.tail) : ended.lost.what;
  return { ...failure, detail: [words, failure.detail].filter((text) => text !== "").join("\n") };
}

/** Whether what was applied can be taken back now. */
export async function probeTool(work: ToolWork): Promise<Result> {
  const { tool, restore_from } = work.spec;
  if (!("before" in work.facts)) return { outcome: "passed", summary: "nothing was applied" };
  if (tool.down) return { outcome: "passed", summary: `the way back: ${show(tool.down)}` };
  const kept = keptBy(work.factsOf(restore_from ?? ""));
  if (kept.state === "nothing")
    return {
      outcome: "failed",
      failure: noWayBack(`${restore_from ?? "the plan"} left no backup in this run`),
    };
  if (kept.state === "copied") await confirm(kept);
  return { outcome: "passed", summary: `the way back: the backup of ${restore_from}, unchanged` };
}

/** Lets the tool take back what it applied, or puts the backup back. */
export async function undoTool(work: ToolWork): Promise<Result> {
  const { tool, restore_from } = work.spec;
  const before = work.facts["before"];
  if (typeof before !== "string") return { outcome: "passed", summary: "nothing was applied" };
  if (!tool.down) return restore(work, restore_from ?? "");
  const now = await status(work);
  if (now.text === before)
    return { outcome: "passed", summary: "nothing was applied: the tool says the same as before" };
  return verdictOfDown(work, await carryOut(work, "down"));
}

async function restore(work: ToolWork, from: string): Promise<Result> {
  const kept = keptBy(work.factsOf(from));
  const restored = await putBack(work, from, kept);
  // Without a database the tool has nothing that it could be asked about.
  if (kept.state !== "copied") return restored;
  const after = await status(work);
  if (after.isPending) return restored;
  const failure = notBack(`The backup of ${from} was put back`, after);
  return { ...restored, outcome: "failed", failure };
}

function notBack(what: string, { text }: Status): Failure {
  return {
    code: "migrations-not-back",
    what: `${what}, and the tool says that nothing is pending: nothing was taken back.`,
    fix: "Take the migrations back by hand, then unlock the environment.",
    detail: lastLines(text),
  };
}

async function verdictOfDown(work: ToolWork, ended: Ended): Promise<Result> {
  const after = await status(work);
  const evidence = evidenceOf("finished" in ended ? ended.finished : undefined);
  const name = show(work.spec.tool.down ?? []);
  if ("finished" in ended && !hasPassed(ended.finished))
    return { outcome: "failed", failure: explain(ended.finished, name), evidence };
  if (!after.isPending) {
    const failure = notBack(`${name} ended`, after);
    return {
      outcome: "lost" in ended ? "unknown" : "failed",
      failure: withWords(failure, ended),
      evidence,
    };
  }
  const isSame = after.text === work.facts["before"];
  return {
    outcome: "passed",
    summary: isSame
      ? "taken back; the tool says the same as before the run"
      : "taken back; it is pending again",
    warnings: isSame ? [] : ["The tool's status is not word for word what it was before the run."],
    evidence,
  };
}

async function carryOut(work: ToolWork, way: "up" | "down"): Promise<Ended> {
  const argv = work.spec.tool[way] ?? work.spec.tool.up;
  const stream = way === "up" ? "output" : "undo";
  try {
    return {
      finished: await runKept(work, {
        key: `${work.key}/${way}`,
        command: command(work, argv),
        stream,
      }),
    };
  } catch (error) {
    if (!(error instanceof Fault) || error.failure.code !== "command-lost") throw error;
    return { lost: error.failure };
  }
}

async function status(work: ToolWork): Promise<Status> {
  const { tool } = work.spec;
  const finished = await work.shell.look(command(work, tool.status), {
    timeoutMs: work.timeoutMs,
    signal: work.signal,
  });
  const text = finished.tail;
  if (finds(tool.pending, text)) return { isPending: true, text };
  if (!hasPassed(finished))
    throw new Fault(explain(finished, `The status command ${show(tool.status)}`));
  if (tool.done === undefined || finds(tool.done, text)) return { isPending: false, text };
  throw new Fault({
    code: "migration-status-unclear",
    what: `${show(tool.status)} says neither that something is pending nor that all is done.`,
    fix: "Make `pending` and `done` fit what it says.",
    detail: lastLines(text),
  });
}

function finds(pattern: string, text: string): boolean {
  const compiled = compilePattern(pattern);
  if (compiled.ok) return compiled.pattern.find(text) !== undefined;
  throw new Fault({
    code: "pattern-unusable",
    what: `/${pattern}/ is not a pattern: ${compiled.why}.`,
    fix: "Correct the pattern.",
  });
}

function command({ spec: { tool }, secrets, project }: ToolWork, argv: ToolSpec["up"]): Command {
  return { argv, cwd: inProject(project, tool.cwd ?? "."), env: { ...secrets, ...tool.env } };
}

function lostCommand(way: string, why: string): Failure {
  return {
    code: "command-lost",
    what: `The tool's ${way} was started, and nobody can say how it ended: ${why}`,
    fix: "Ask the tool for its status by hand.",
  };
}
