import { Fault, type Failure } from "../../model/failure.ts";
import type { Json } from "../../model/json.ts";
import type { Command, Finished, Shell } from "../../ports/shell.ts";
import type { Work } from "../../ports/step-kind.ts";
import { insidePart, shellAt } from "../inside.ts";
import { explain, hasPassed, lastLines, runKept, show } from "../kept.ts";
import { inProject } from "../places.ts";
import { adapterOf } from "./adapters/index.ts";
import {
  type Adapter,
  type Answer,
  type Argv,
  knownWords,
  type Standing,
} from "./adapters/adapter.ts";
import { toolIn } from "./adapters/spec.ts";
import { sessionEnvironment } from "./postgres/psql.ts";
import type { MigrateSpec } from "./spec.ts";

/** How a command ended, or that nobody knows. */
export type Ended = { readonly finished: Finished } | { readonly lost: Failure };

/** A Work whose spec names a tool, with what is known of that tool. */
export type ToolWork = Work<MigrateSpec> & { readonly adapter: Adapter };

export function usesTool(work: Work<MigrateSpec>): boolean {
  return toolIn(work.spec) !== undefined;
}

/** The same Work, which keeps its getters, with the adapter beside it. */
export function withAdapter(work: Work<MigrateSpec>): ToolWork {
  const adapter = adapterOf(work.spec);
  if (adapter === undefined) throw new TypeError("a migration without a tool");
  return Object.create(work, { adapter: { value: adapter } });
}

/** What the tool says now. Fault when it says nothing that can be understood. */
export async function standingOf(work: ToolWork): Promise<Standing> {
  const { adapter } = work;
  const answers: Answer[] = [];
  const ended: Finished[] = [];
  for (const argv of adapter.status) {
    const finished = await look(work, argv);
    ended.push(finished);
    answers.push(answerOf(finished));
  }
  const failed = ended.find((finished) => !hasPassed(finished));
  const read = adapter.read(answers);
  if ("standing" in read && (failed === undefined || isPendingAnyway(adapter, read.standing)))
    return read.standing;
  // A tool that says in its own words what is wrong is believed before its exit code.
  if ("failure" in read && (failed === undefined || !isVague(read.failure)))
    throw new Fault(read.failure);
  throw new Fault(explainStatus(work, ended, failed));
}

function isPendingAnyway({ isFailingWhilePending }: Adapter, { isPending }: Standing): boolean {
  return isFailingWhilePending === true && isPending;
}

function isVague({ code }: Failure): boolean {
  return code === "migration-status-unclear";
}

function explainStatus(
  { adapter }: ToolWork,
  ended: readonly Finished[],
  failed: Finished | undefined,
): Failure {
  const at = failed === undefined ? 0 : ended.indexOf(failed);
  const name = `The status command ${show(adapter.status[at] ?? [])}`;
  const last = failed ?? ended[0];
  if (last === undefined) throw new TypeError("a tool without a status");
  return knownWords(adapter.known, last.tail) ?? explain(last, name);
}

/** Runs one of the tool's commands that only look. */
export async function look(
  work: ToolWork,
  argv: Argv,
): Promise<Finished & { readonly stdout: string }> {
  const { timeoutMs, signal } = work;
  return shellOf(work).look(await commandOf(work, argv), { timeoutMs, signal });
}

export function answerOf(finished: Finished & { readonly stdout: string }): Answer {
  return { isFine: hasPassed(finished), stdout: finished.stdout, all: finished.tail };
}

/** Runs one of the tool's commands that change, once under its key. */
export async function carryOut(
  work: ToolWork,
  argv: Argv,
  { key, stream }: { readonly key: string; readonly stream: "output" | "undo" },
): Promise<Ended> {
  try {
    const shell = shellOf(work);
    const command = await commandOf(work, argv);
    return { finished: await runKept(work, { key, command, stream, shell }) };
  } catch (error) {
    if (!(error instanceof Fault) || error.failure.code !== "command-lost") throw error;
    return { lost: error.failure };
  }
}

/** Where the tool runs; what the step asks a database by may run elsewhere. */
export function shellOf(work: ToolWork): Shell {
  return shellAt(work, work.spec.in);
}

function commandOf(work: ToolWork, argv: Argv): Promise<Command> {
  const { spec, secrets, project } = work;
  const key = toolIn(spec);
  const { cwd, env = {} } = (key && spec[key]) ?? {};
  const folder = spec.in === undefined ? inProject(project, cwd ?? ".") : cwd;
  return insidePart(work, spec.in, {
    argv,
    ...(folder !== undefined && { cwd: folder }),
    env: { ...secrets, ...sessionEnvironment(work), ...env },
  });
}

/** What the tool said before this run touched anything; undefined when it never came so far. */
export function notedStanding(facts: Readonly<Record<string, Json>>): Standing | undefined {
  const { before, standing } = facts;
  if (typeof before !== "string") return undefined;
  if (typeof standing !== "object" || standing === null || Array.isArray(standing))
    return { isPending: true, text: before };
  const names = (key: string) => {
    const list = Object.entries(standing).find(([name]) => name === key)?.[1];
    return Array.isArray(list) && { [key]: list.map(String) };
  };
  return {
    isPending: true,
    text: before,
    ...names("pending"),
    ...names("applied"),
    ...names("at"),
  };
}

/** A failure with the command's last words under it. */
export function withWords(failure: Failure, ended: Ended): Failure {
  const words = "finished" in ended ? wordsThatMatter(ended.finished.tail) : ended.lost.what;
  return { ...failure, detail: [words, failure.detail].filter((text) => text !== "").join("\n") };
}

/** The last lines; before them the line that names the error, where a long dump follows it. */
function wordsThatMatter(tail: string): string {
  const last = lastLines(tail);
  const error = tail.split(/\r?\n/).find((line) => /\berror: /i.test(line));
  return error === undefined || last.includes(error) ? last : `${error.slice(0, 500)}\n${last}`;
}

export function lostCommand(way: string, why: string): Failure {
  return {
    code: "command-lost",
    what: `The tool's ${way} was started, and nobody can say how it ended: ${why}`,
    fix: "Ask the tool for its status by hand.",
  };
}
