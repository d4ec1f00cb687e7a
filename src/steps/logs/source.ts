import { existsSync } from "node:fs";
import { open } from "node:fs/promises";
import { fileTrouble } from "../../lib/file-trouble.ts";
import { linePieces } from "../../lib/line-pieces.ts";
import { beginningAt, closeAll, endOfLog, type LogPlace, openLog } from "../../lib/log-files.ts";
import { Fault } from "../../model/failure.ts";
import type { Json } from "../../model/json.ts";
import type { LogPiece } from "../../ports/driver.ts";
import type { Work } from "../../ports/step-kind.ts";
import { namesOf, onEach } from "../hosts.ts";
import { inProject } from "../places.ts";
import { markOnHost, sinceOnHost } from "./host-file.ts";
import { LOG_MARK } from "./mark.ts";
import { type LogsSpec, subjectOf } from "./spec.ts";

/** A log that can be read more than once, always from the same place on. */
export interface LogSource {
  /** `web since the deploy`. */
  readonly name: string;
  read(): AsyncIterable<LogPiece>;
}

type LogsWork = Work<LogsSpec>;

/** Where the log of a step is read from. Fault when the target can't say, or nobody marked the place. */
export function sourceOf(work: LogsWork): LogSource {
  const { file, on, target = "" } = work.spec;
  const since = beginOf(work);
  const name = `${subjectOf(work.spec)}${since.words}`;
  if (on !== undefined)
    return { name, read: () => hostsSince(work, namesOf(on, work.hosts), since.mark) };
  if (file !== undefined) {
    const path = inProject(work.project, file);
    return { name, read: () => fileSince(path, since.mark, work) };
  }
  const driver = work.driver(target);
  const logsSince = driver.logsSince?.bind(driver);
  if (logsSince === undefined) throw unable(target);
  return { name, read: () => chosen(logsSince(since.mark, work.act()), work.spec.parts) };
}

/** Where the log ends now. */
export async function markNow(work: LogsWork): Promise<Json> {
  const { file, on, target = "" } = work.spec;
  if (on !== undefined) return markHosts(work, namesOf(on, work.hosts));
  if (file !== undefined) {
    const place = await endOfLog(inProject(work.project, file));
    return place === undefined ? null : { ...place };
  }
  const mark = await work.driver(target).logMark?.(work.act());
  if (mark === undefined) throw unable(target);
  return mark;
}

interface Begin {
  /** Undefined: from the beginning of what is kept. */
  readonly mark: Json | undefined;
  readonly words: string;
}

function beginOf(work: LogsWork): Begin {
  const { spec, step, plan } = work;
  const all: Begin = { mark: undefined, words: "" };
  if (spec.since === "all") return all;
  const before = plan.steps.slice(
    0,
    plan.steps.findIndex(({ id }) => id === step.id),
  );
  const marking =
    spec.since === undefined || spec.since === "deploy"
      ? before.findLast((each) => each.kind === "deploy" && each.spec["target"] === spec.target)
      : before.find(({ id }) => id === spec.since);
  if (marking === undefined && spec.since === undefined) return all;
  const mark = marking && work.factsOf(marking.id)[LOG_MARK];
  const words = ` since ${spec.since ?? "deploy"}`;
  if (mark !== undefined) return { mark, words };
  throw new Fault({
    code: "logs-no-mark",
    what: `Nobody marked where the log of ${subjectOf(spec)} ended${words.replace("since", "before")}.`,
    fix: "Put a deploy of this target or `logs: { …, mark: true }` before this step, or write `since: all`.",
  });
}

function unable(target: string): Fault {
  return new Fault({
    code: "logs-unable",
    what: `The driver of ${target} can't read logs from a mark on.`,
    fix: "Read the log's file: `logs: { file: … }`.",
  });
}

/** What each host says of where its log ends; null where there is none. */
async function markHosts(work: LogsWork, names: readonly string[]): Promise<Json> {
  const marks = await onEach(names, (name) => markOnHost(work, name));
  return Object.fromEntries([...marks].map(([name, mark]) => [name, mark ?? null]));
}

async function* hostsSince(
  work: LogsWork,
  names: readonly string[],
  marks: Json | undefined,
): AsyncGenerator<LogPiece> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by markHosts
  const known = marks as Readonly<Record<string, string | null>> | undefined;
  for (const name of names) {
    const mark = known === undefined ? null : known[name];
    if (mark === undefined) throw unmarked(work.spec, name);
    yield* sinceOnHost(work, name, mark ?? undefined);
  }
}

function unmarked({ file, since }: LogsSpec, name: string): Fault {
  return new Fault({
    code: "logs-no-mark",
    what: `${since} has not marked where ${file} ended on ${name}.`,
    fix: "Let the step with `mark: true` name the same hosts with `on`.",
  });
}

async function* chosen(
  pieces: AsyncIterable<LogPiece>,
  parts: readonly string[] | undefined,
): AsyncGenerator<LogPiece> {
  for await (const piece of pieces) {
    const isMeant =
      parts === undefined
        ? piece.isDrivers !== true
        : parts.some((part) => piece.part === part || piece.part.endsWith(`/${part}`));
    if (isMeant) yield piece;
  }
}

async function* fileSince(
  file: string,
  mark: Json | undefined,
  { spec, signal }: LogsWork,
): AsyncGenerator<LogPiece> {
  const part = file.slice(file.lastIndexOf("/") + 1);
  if (mark === undefined || mark === null) {
    // One that is waited for may not be there yet.
    if (spec.within !== undefined && !existsSync(file)) return;
    await using handle = await openLogFile(file);
    for await (const text of linePieces(handle, { signal })) yield { part, text };
    return;
  }
  const handles = await openLog(file);
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by markNow
    const begin = await beginningAt(handles, mark as unknown as LogPlace);
    if (begin.lost) yield { part, text: "", lost: 1 };
    for (const [index, handle] of handles.slice(begin.index).entries())
      for await (const text of linePieces(handle, { from: index === 0 ? begin.at : 0, signal }))
        yield { part, text };
  } finally {
    await closeAll(handles);
  }
}

async function openLogFile(file: string) {
  try {
    return await open(file);
  } catch (error) {
    const trouble = fileTrouble(error);
    if (trouble === undefined) throw error;
    throw new Fault({
      code: "logs-unreadable",
      what: `${file} can't be read: ${trouble.code === "ENOENT" ? "there is no such file" : trouble.code}.`,
      fix: "Correct `file`, or see why the application does not write it.",
    });
  }
}
