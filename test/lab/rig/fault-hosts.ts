import { spawn } from "node:child_process";
import { MAIN } from "../../rig/project.ts";
import type { Ended, Place } from "../../rig/killed.ts";

/** What a test does while Seaworthy runs. */
export interface Deed {
  /** Once this has been said, after what the deeds before were waiting for. */
  readonly at: string;
  readonly deed: (pid: number) => Promise<unknown>;
}

/** Runs the real command line, and does to the world what a test wants as soon as certain words are said. Throws when they never are. */
export async function runAmid(
  place: Place,
  words: readonly string[],
  deeds: readonly Deed[] = [],
): Promise<Ended> {
  const argv = [MAIN, "--file", `${place.folder}/seaworthy.yaml`, ...words];
  const child = spawn(process.execPath, argv, {
    cwd: place.folder,
    env: { PATH: process.env["PATH"], HOME: place.folder, ...place.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { all: "", judged: 0 };
  const left = [...deeds];
  const done: Promise<unknown>[] = [];
  const take = (chunk: Buffer) => {
    said.all += chunk.toString();
    for (let [next] = left; next !== undefined; [next] = left) {
      const at = said.all.indexOf(next.at, said.judged);
      if (at === -1) return;
      said.judged = at + next.at.length;
      left.shift();
      done.push(next.deed(child.pid ?? 0));
    }
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, output: said.all }));
  });
  const end = await ended;
  await Promise.all(done);
  // A fault that never happened proves nothing.
  if (left[0] !== undefined) throw new Error(`nobody said "${left[0].at}":\n${said.all}`);
  return end;
}

/** Asks again and again, for at most a minute. */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000;
  while (Date.now() < end) {
    if (await holds().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Never: ${what}`);
}
