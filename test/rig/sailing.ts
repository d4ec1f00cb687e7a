import { spawn, type ChildProcessByStdio } from "node:child_process";
import type { Readable } from "node:stream";
import { MAIN } from "./project.ts";

/** Seaworthy as a process of its own; killed when the test leaves it behind. */
export interface Sailing extends AsyncDisposable {
  readonly pid: number;
  /** Everything that it has said until now. */
  said(): string;
  /** Resolves when it has said this. */
  says(text: string): Promise<void>;
  signal(name: NodeJS.Signals): void;
  readonly ended: Promise<Landed>;
}

export interface Landed {
  /** The signal's name when one ended it. */
  readonly exit: number | string;
  readonly out: string;
  readonly err: string;
}

/** Starts `seaworthy` with these words in a project's folder. */
export function setSail(
  folder: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Sailing {
  return follow(launch([process.execPath, MAIN, ...words], { folder, env }));
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** Starts this argv in a project's folder, with nothing of the tester's own settings. */
export function launch(
  [program, ...words]: readonly [string, ...string[]],
  { folder, env = {} }: { folder: string; env?: Readonly<Record<string, string>> },
): Child {
  return spawn(program, words, {
    cwd: folder,
    env: { PATH: process.env["PATH"], HOME: folder, SEAWORTHY_USER: "ana", CI: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** What a started process says, until it ends. */
export function follow(child: Child): Sailing {
  const said = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said.out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said.err += text));
  const ended = new Promise<Landed>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ exit: code ?? signal ?? "?", ...said }));
  });
  const all = () => said.err + said.out;
  return {
    pid: child.pid ?? 0,
    said: all,
    says: (text) =>
      until(
        () => all().includes(text),
        () => `${text} in:\n${all()}`,
      ),
    signal: (name) => void child.kill(name),
    ended,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

const WITHIN_MS = 20_000;

/** Looks until it is so. Fails with what was waited for. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  what: () => string,
  withinMs = WITHIN_MS,
): Promise<void> {
  const latest = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > latest) throw new Error(`waited ${withinMs} ms for ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
