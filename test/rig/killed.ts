import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { MAIN } from "./project.ts";

/** Where Seaworthy runs. */
export interface Place {
  readonly folder: string;
  /** More than PATH and HOME, or others. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly output: string;
}

/**
 * Runs Seaworthy as a process of its own that is killed (kill -9) the moment before its N-th durable write; without a
 * number it runs to its end. Only its main thread is watched: commands and services go on, as after a real crash.
 */
export async function runKilled(
  place: Place,
  words: readonly string[],
  atWrite?: number,
): Promise<Ended> {
  const self = [process.execPath, MAIN, "--file", `${place.folder}/seaworthy.yaml`, ...words];
  const cut = `inject=fsync,fdatasync:signal=SIGKILL:when=${atWrite ?? 0}`;
  const strace = ["strace", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e", cut];
  const argv = atWrite === undefined ? self : [...strace, ...self];
  return ended(place, argv);
}

/** Runs Seaworthy to its end, and counts its durable writes, of the more frequent kind: strace counts each on its own. */
export async function runCounted(
  place: Place,
  words: readonly string[],
): Promise<Ended & { readonly writes: number }> {
  const list = `${place.folder}/writes`;
  const self = [process.execPath, MAIN, "--file", `${place.folder}/seaworthy.yaml`, ...words];
  const strace = ["strace", "-qq", "-o", list, "-e", "trace=fsync,fdatasync"];
  const end = await ended(place, [...strace, ...self]);
  const lines = readFileSync(list, "utf8").split("\n");
  const made = (call: string) => lines.filter((line) => line.startsWith(`${call}(`)).length;
  return { ...end, writes: Math.max(made("fsync"), made("fdatasync")) };
}

/** Runs Seaworthy and kills it after so many milliseconds, wherever it is. */
export async function runKilledAfter(
  place: Place,
  words: readonly string[],
  ms: number,
): Promise<Ended> {
  const argv = [process.execPath, MAIN, "--file", `${place.folder}/seaworthy.yaml`, ...words];
  return ended(place, argv, ms);
}

function ended(place: Place, argv: readonly string[], killAfterMs?: number): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const [program = "", ...rest] = argv;
    const child = spawn(program, rest, {
      cwd: place.folder,
      env: { PATH: process.env["PATH"], HOME: place.folder, ...place.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const take = (chunk: Buffer) => void (output += chunk.toString());
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.once("error", reject);
    const timer =
      killAfterMs === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), killAfterMs);
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, output });
    });
  });
}
