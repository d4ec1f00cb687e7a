import { accessSync, constants, cpSync, mkdirSync, readdirSync } from "node:fs";
import { open, stat, type FileHandle } from "node:fs/promises";
import path from "node:path";
import type { Command } from "commander";
import type { Workplace } from "../actions/workplace.ts";
import { fileTrouble } from "../lib/file-trouble.ts";
import { Fault, type Failure } from "../model/failure.ts";
import { failureLines } from "../report/line.ts";
import { plainText } from "../report/plain.ts";
import type { Bridge, Common } from "./command.ts";
import { unusableFolder } from "./folders.ts";

/** Gives a command that carries a run the option to choose where its files are copied to. */
export function withShelf(command: Command): Command {
  return command.option("--artifacts <folder>", "copy the run's files there as well when it ends");
}

/** Copies all that a run has kept; of our own notes beside it, nothing. */
export function copyRun(from: string, to: string): void {
  const filter = (source: string) =>
    path.dirname(source) !== from || !path.basename(source).startsWith(".");
  cpSync(from, to, { recursive: true, mode: constants.COPYFILE_FICLONE, filter });
}

/** The folder that a person has chosen for a run's files. */
export interface Shelf {
  /** Makes it ready, before anything else is done. Fault when it holds what is not this run's; without a run: anything. */
  claim(run?: string): Promise<void>;
  /** Copies the run's files there, whatever became of it. The absolute folder; undefined when nothing was copied. */
  fill(run: string): Promise<string | undefined>;
}

type Around = Pick<Bridge, "folder" | "terminal">;

/** What `--artifacts` names. Where nothing is named, nothing is done. */
export function shelfFor(
  { folder: here, terminal }: Around,
  { artifacts }: Common,
  workplace: Pick<Workplace, "artifacts" | "state">,
): Shelf {
  if (artifacts === undefined) return { claim: async () => undefined, fill: async () => undefined };
  const folder = path.resolve(here, artifacts);
  return {
    async claim(run) {
      refuseOwnState(folder, workplace.state);
      makeUsable(folder);
      await refuseStrangers(
        folder,
        run === undefined ? undefined : workplace.artifacts(run).folder,
      );
    },
    async fill(run) {
      const { folder: own } = workplace.artifacts(run);
      try {
        await refuseStrangers(folder, own);
        copyRun(own, folder);
        return folder;
      } catch (error) {
        terminal.err(notCopied(folder, own, error));
        return undefined;
      }
    },
  };
}

function refuseOwnState(folder: string, state: string): void {
  const below = path.relative(state, folder);
  if (below.startsWith("..") || path.isAbsolute(below)) return;
  throw new Fault({
    code: "artifacts-folder-taken",
    what: `${folder} is in the folder that Seaworthy keeps its runs in.`,
    fix: "Name a folder outside of it behind --artifacts.",
  });
}

function makeUsable(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw unusableFolder(folder, error);
  }
}

async function refuseStrangers(folder: string, own: string | undefined): Promise<void> {
  const stranger = await strangerIn(folder, own);
  if (stranger === undefined) return;
  throw new Fault({
    code: "artifacts-folder-taken",
    what:
      own === undefined
        ? `${folder} is not empty: ${stranger} is in it, and nothing there is ever written over.`
        : `${folder} holds ${stranger}, which is not a file of this run.`,
    fix: "Name an empty folder behind --artifacts, or one that is not there yet.",
  });
}

/** The first thing in the folder that the run has not put there. What was copied while it grew is the run's. */
async function strangerIn(
  folder: string,
  own: string | undefined,
  below = "",
): Promise<string | undefined> {
  for (const entry of readdirSync(path.join(folder, below), { withFileTypes: true })) {
    const name = path.join(below, entry.name);
    if (own === undefined) return name;
    const ours = path.join(own, name);
    if (entry.isDirectory()) {
      const deeper = (await isFolder(ours)) ? await strangerIn(folder, own, name) : name;
      if (deeper !== undefined) return deeper;
    } else if (!entry.isFile() || !(await isBeginning(path.join(folder, name), ours))) return name;
  }
  return undefined;
}

async function isFolder(where: string): Promise<boolean> {
  const found = await stat(where).catch(() => undefined);
  return found?.isDirectory() ?? false;
}

/** Whether a file begins with all that is in another one. */
async function isBeginning(short: string, long: string): Promise<boolean> {
  const found = await stat(long).catch(() => undefined);
  if (!found?.isFile()) return false;
  await using first = await open(short);
  await using second = await open(long);
  for (let at = 0; ;) {
    const wanted = await bytesAt(first, at);
    if (wanted.length === 0) return true;
    const there = await bytesAt(second, at);
    if (!there.subarray(0, wanted.length).equals(wanted)) return false;
    at += wanted.length;
  }
}

async function bytesAt(file: FileHandle, position: number): Promise<Buffer> {
  const buffer = Buffer.alloc(256 * 1024);
  const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
  return buffer.subarray(0, bytesRead);
}

/** It never changes what the run came to. */
function notCopied(folder: string, own: string, error: unknown): string {
  const trouble = fileTrouble(error);
  if (!(error instanceof Fault) && trouble === undefined) throw error;
  const failure: Failure = {
    code: "artifacts-not-copied",
    what: `The run's files could not be copied to ${folder}: ${error instanceof Fault ? error.failure.what : trouble?.why}`,
    fix: `Mend that, and copy them from ${own}; the run itself is as said below.`,
  };
  const [, ...rest] = failureLines(failure).map(plainText);
  return `! ${failure.what}\n${rest.join("\n")}\n`;
}
