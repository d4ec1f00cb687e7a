import fs from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import type { Mask } from "../../lib/mask.ts";
import { writeDurably } from "../../lib/durable-file.ts";
import { identify, type ProcessIdentity } from "../identity.ts";
import type { StartServiceRequest } from "./protocol.ts";
import { fileNameOf } from "./receipts.ts";

/** A service that a keeper before us kept. */
export interface Orphan {
  readonly name: string;
  readonly process?: ProcessIdentity;
}

/**
 * What is on disk about services, so that a keeper after us finds the processes of ours.
 *
 * The environment's values and stdin are left out: they may be secret. Hence a later keeper can end such a service
 * but not start it again; its driver must.
 */
export function openServiceFiles(folder: string) {
  const all = path.join(folder, "services");
  const at = (name: string, file: string) => path.join(all, fileNameOf(name), file);

  const write = async ({ name, spec }: StartServiceRequest, mask: Mask): Promise<void> => {
    await mkdir(path.dirname(at(name, "spec")), { recursive: true, mode: 0o700 });
    const { argv, cwd, env } = spec.command;
    const command = { argv: argv.map((arg) => mask.text(arg)), cwd, env: Object.keys(env) };
    await writeDurably(at(name, "spec"), JSON.stringify({ name, ...spec, command }));
  };
  const noteProcess = async (name: string, pid: number): Promise<void> => {
    const identity = await identify(pid);
    if (identity === undefined) return;
    fs.writeFileSync(at(name, "process.tmp"), JSON.stringify(identity), { mode: 0o600 });
    fs.renameSync(at(name, "process.tmp"), at(name, "process"));
  };
  const forget = (name: string) =>
    rm(path.dirname(at(name, "spec")), { recursive: true, force: true });
  const orphans = (): Orphan[] =>
    folders(all).flatMap((entry) => readOrphan(path.join(all, entry)));
  return { write, noteProcess, forget, orphans };
}

function folders(all: string): string[] {
  return fs.existsSync(all) ? fs.readdirSync(all) : [];
}

function readOrphan(folder: string): Orphan[] {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written above, replaced as a whole
    const { name } = JSON.parse(fs.readFileSync(path.join(folder, "spec"), "utf8")) as Orphan;
    const process = readProcess(path.join(folder, "process"));
    return [{ name, ...(process === undefined ? {} : { process }) }];
  } catch {
    // Not there yet when that keeper died: then nothing was started either.
    return [];
  }
}

function readProcess(file: string): ProcessIdentity | undefined {
  if (!fs.existsSync(file)) return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written above, replaced as a whole
  return JSON.parse(fs.readFileSync(file, "utf8")) as ProcessIdentity;
}
