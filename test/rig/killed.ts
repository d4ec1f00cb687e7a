import { spawn } from "node:child_process";
import { MAIN } from "./project.ts";
import type { Shop } from "./shop.ts";

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
  shop: Shop,
  words: readonly string[],
  atWrite?: number,
): Promise<Ended> {
  const self = [process.execPath, MAIN, "--file", `${shop.folder}/seaworthy.yaml`, ...words];
  const cut = `inject=fsync,fdatasync:signal=SIGKILL:when=${atWrite ?? 0}`;
  const strace = ["strace", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e", cut];
  const argv = atWrite === undefined ? self : [...strace, ...self];
  return ended(shop, argv);
}

/** Runs Seaworthy and kills it after so many milliseconds, wherever it is. */
export async function runKilledAfter(
  shop: Shop,
  words: readonly string[],
  ms: number,
): Promise<Ended> {
  const argv = [process.execPath, MAIN, "--file", `${shop.folder}/seaworthy.yaml`, ...words];
  return ended(shop, argv, ms);
}

function ended(shop: Shop, argv: readonly string[], killAfterMs?: number): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const [program = "", ...rest] = argv;
    const child = spawn(program, rest, {
      cwd: shop.folder,
      env: { PATH: process.env["PATH"], HOME: shop.folder },
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
