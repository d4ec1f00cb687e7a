import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openJournal } from "../../src/journal/sqlite.ts";
import { Fault } from "../../src/model/failure.ts";
import type { Journal } from "../../src/ports/journal.ts";
import { virtualClock } from "./virtual-clock.ts";

/** The files of a journal, byte for byte. */
export type Files = Readonly<Record<string, Buffer>>;

const NAMES = ["journal.db", "journal.db-wal", "journal.mark"];
const clock = virtualClock();

/** A folder in memory, where there is one: for tests about bytes, not about disks. */
export function scratch(): string {
  return mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "seaworthy-damage-"));
}

/** Two runs, a fence and a lock, as they lie on disk once the journal is closed. */
export async function closedJournal(): Promise<Files> {
  const folder = scratch();
  const journal = openJournal(folder, { clock });
  for (const id of ["1", "2"]) {
    await newRun(journal, id);
    for (let after = 0; after < 3; after += 1) await note(journal, id, after);
  }
  const lease = await journal.lease("staging", { run: "2", by: "ana", pid: 1, host: "here" });
  await journal.lock({ environment: "production", by: "ana", reason: "audit", run: "2" });
  await lease.release();
  await journal.close();
  const files = filesIn(folder);
  rmSync(folder, { recursive: true });
  return files;
}

/** The same after some more writing and a kill -9: the last commits are in the write-ahead file alone. */
export async function killedJournal(): Promise<{ files: Files; acknowledged: readonly string[] }> {
  const folder = scratch();
  place(folder, await closedJournal());
  const journal = openJournal(folder, { clock });
  const acknowledged = [await told(folder)];
  const writes = [() => newRun(journal, "3"), () => note(journal, "2", 3)];
  for (const write of writes) {
    await write();
    acknowledged.push(await told(folder));
  }
  const files = filesIn(folder);
  await journal.close();
  rmSync(folder, { recursive: true });
  return { files, acknowledged };
}

/** Puts exactly these files into the folder. */
export function place(folder: string, files: Files): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
}

export function filesIn(folder: string): Files {
  const present = NAMES.filter((name) => existsSync(join(folder, name)));
  return Object.fromEntries(present.map((name) => [name, readFileSync(join(folder, name))]));
}

/** All that a journal has to say, as one text, or the code of the Fault that it answers with. Anything else escapes. */
export async function told(folder: string, { readOnly = true } = {}): Promise<string> {
  let journal: Journal | undefined;
  try {
    journal = openJournal(folder, { clock }, { readOnly });
    return await everything(journal);
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown.failure.code;
    throw thrown;
  } finally {
    await journal?.close();
  }
}

async function everything(journal: Journal): Promise<string> {
  const heads = await journal.runs();
  const each = ["1", "2", "3"].map(async (id) => {
    const head = await journal.run(id);
    return head && [head, await journal.snapshot(head.digest), await journal.read(id)];
  });
  return JSON.stringify([heads, await Promise.all(each), await journal.locks()]);
}

async function newRun(journal: Journal, id: string): Promise<void> {
  const createdAt = "2026-01-01T00:00:00.000Z";
  const run = { id, environment: "staging", plan: "deploy", createdAt };
  await journal.create(run, `plan of run ${id}`);
}

async function note(journal: Journal, run: string, after: number): Promise<void> {
  await journal.append(run, after, [{ kind: "run-interrupted", by: `ana ${run}.${after}` }]);
}
