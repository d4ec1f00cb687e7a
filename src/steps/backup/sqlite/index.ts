import { rename, rm, stat } from "node:fs/promises";
import { Fault } from "../../../model/failure.ts";
import { inThread, programBeside } from "../../thread.ts";
import type { Tables } from "../engine.ts";
import type { FileEngine } from "../file-engine.ts";
import type { Contents, Copied, Task } from "./program.ts";

const PROGRAM = programBeside(import.meta.url, "program");

/** SQLite: the copy is made by its own online backup, in a thread of its own. */
export const sqlite: FileEngine = {
  ending: "sqlite",
  async exists(database) {
    const found = await stat(database).catch(absent);
    if (found === undefined || found.isFile()) return found !== undefined;
    throw new Fault({
      code: "backup-source-unusable",
      what: `${database} is not a file.`,
      fix: "Name the database file itself.",
    });
  },
  async copy(from, to, signal) {
    await remove(to);
    return (await ask<Copied>({ do: "copy", from, to }, signal)).tables;
  },
  async check(path, signal) {
    return sound(path, await ask<Contents>({ do: "inspect", path }, signal));
  },
  async restore(from, to, signal) {
    return sound(to, await ask<Contents>({ do: "restore", from, to }, signal));
  },
  async setAside(database, to) {
    // The companions hold what is not yet in the file itself, so they go with it, and before it.
    for (const ending of ["-wal", "-shm", "-journal"])
      await rename(database + ending, to + ending).catch(absent);
    await rename(database, to).catch(absent);
  },
};

function ask<Reply>(task: Task, signal: AbortSignal): Promise<Reply> {
  return inThread(PROGRAM, task, signal);
}

function sound(path: string, { integrity, tables }: Contents): Tables {
  if (integrity === "ok") return tables;
  throw new Fault({
    code: "backup-damaged",
    what: `SQLite finds ${path} damaged: ${integrity}.`,
    fix: "Repair the database, or restore an older backup, before you deploy anything.",
  });
}

async function remove(path: string): Promise<void> {
  for (const ending of ["", "-wal", "-shm", "-journal"]) await rm(path + ending, { force: true });
}

function absent(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
  throw error;
}
