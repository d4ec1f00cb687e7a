import { createHash } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { Finished } from "../../ports/shell.ts";
import { createDurably, syncFolder, writeDurably } from "../../lib/durable-file.ts";
import type { ProcessIdentity } from "../identity.ts";
import { errorCode } from "../../lib/error-code.ts";

/** What the disk says about a key. */
export type Kept =
  | { readonly state: "never started" }
  | { readonly state: "ended"; readonly finished: Finished }
  /** Started by a keeper that is gone; its process is known unless that keeper died in the very moment of starting it. */
  | { readonly state: "open"; readonly process?: ProcessIdentity };

/**
 * The receipts of keyed commands: `receipts/<key>/started` is there before the command, `ended` after it.
 *
 * Neither ever holds a value of the command's environment or its stdin.
 */
export interface Receipts {
  read(key: string): Promise<Kept>;
  /** Durable before it resolves: only then may the command be started. */
  started(key: string, about: { readonly argv: readonly string[] }): Promise<void>;
  /** Who it is, for a keeper that comes after us. Not synced: after a power cut the process is gone anyway. */
  runs(key: string, identity: ProcessIdentity): void;
  ended(key: string, finished: Finished): Promise<void>;
}

/** Name of the folder below the keeper's. */
export const RECEIPTS = "receipts";

/** Opens the receipts below a folder. Only one keeper at a time writes there. */
export async function openReceipts(folder: string): Promise<Receipts> {
  const all = path.join(folder, RECEIPTS);
  await mkdir(all, { recursive: true, mode: 0o700 });
  await syncFolder(folder);
  const at = (key: string, name: string) => path.join(all, fileNameOf(key), name);

  return {
    read: (key) => read((name) => at(key, name)),
    started: async (key, about) => {
      const file = at(key, "started");
      await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
      // What a power cut left half written never led to a start: that comes after the sync.
      if (isTorn(file)) rmSync(file);
      await createDurably(file, `${JSON.stringify({ key, ...about })}\n`, [
        path.dirname(file),
        all,
      ]);
    },
    runs: (key, identity) =>
      writeFileSync(at(key, "process"), JSON.stringify(identity), { mode: 0o600 }),
    ended: (key, finished) => writeDurably(at(key, "ended"), JSON.stringify(finished)),
  };
}

/** A key as a file name: readable, and different for different keys also where case does not count. */
export function fileNameOf(key: string): string {
  const readable = key.replaceAll(/[^A-Za-z0-9_-]/g, "_").slice(0, 80);
  return `${readable}.${createHash("sha256").update(key).digest("hex").slice(0, 16)}`;
}

async function read(at: (name: string) => string): Promise<Kept> {
  const finished = await readJson<Finished>(at("ended"));
  if (finished !== undefined) return { state: "ended", finished };
  const started = await readJson<object>(at("started"));
  if (started === undefined) return { state: "never started" };
  const process = await readJson<ProcessIdentity>(at("process"));
  return process === undefined ? { state: "open" } : { state: "open", process };
}

/** The content of a file that we wrote; undefined when it is not there or not whole. */
async function readJson<T>(file: string): Promise<T | undefined> {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- whole JSON in these files was written by `openReceipts`
    return parse(await readFile(file, "utf8")) as T | undefined;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

function isTorn(file: string): boolean {
  try {
    return parse(readFileSync(file, "utf8")) === undefined;
  } catch {
    return false;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
