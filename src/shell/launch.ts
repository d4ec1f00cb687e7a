import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, statSync } from "node:fs";
import type { Mask } from "../lib/mask.ts";
import type { Finished } from "../ports/shell.ts";
import { layReady } from "./stdin.ts";
import { errorCode } from "../lib/error-code.ts";

/** A command with everything that it needs: nothing of our own surroundings is added. */
export interface Launch {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin?: string | undefined;
  /**
   * It stays open after that text for as long as we want the command, whose own stdin then comes in pieces (`framed.ts`): so
   * it can tell that all has come from that we are gone.
   */
  readonly isWatched?: true;
}

/** A process, or the attempt to start one. */
export interface Launched {
  readonly child: ChildProcess | undefined;
  /** Undefined when it could not be started. Also the number of its process group. */
  readonly pid: number | undefined;
  /** How the leader of the group ended. */
  readonly ended: Promise<Finished["ended"]>;
}

/**
 * Starts argv as the leader of its own process group. Never throws: what can't be started has ended as `not-started`.
 * What is to be `fed` has its stdin left open, for the caller to write to and to end.
 */
export function launch(
  what: Launch,
  output: readonly ["pipe", "pipe"] | readonly [number, number],
  fed?: "fed",
): Launched {
  const [program, ...args] = what.argv;
  const input = fed ? "pipe" : layReady(what.stdin);
  try {
    const { cwd, env } = what;
    const child = spawn(program, args, { cwd, env, stdio: [input, ...output], detached: true });
    // It may end, or close its stdin, without reading it.
    child.stdin?.on("error", () => child.stdin?.destroy());
    if (!fed) child.stdin?.end(what.stdin);
    return { child, pid: child.pid, ended: end(child, what) };
  } catch (error) {
    // A zero byte in argv, or a list longer than the kernel takes.
    return { child: undefined, pid: undefined, ended: Promise.resolve(notStarted(error, what)) };
  } finally {
    if (typeof input === "number") closeSync(input);
  }
}

/** A program or a folder that was not found may carry a secret in its name. */
export function maskedEnd(ended: Finished["ended"], mask: Mask): Finished["ended"] {
  return ended.how === "not-started" ? { ...ended, why: mask.text(ended.why) } : ended;
}

function end(child: ChildProcess, what: Launch): Promise<Finished["ended"]> {
  return new Promise((resolve) => {
    child.once("error", (error) => {
      if (child.pid === undefined) resolve(notStarted(error, what));
    });
    child.once("exit", (code, signal) => {
      resolve(
        code === null ? { how: "signal", signal: signal ?? "unknown" } : { how: "exit", code },
      );
    });
  });
}

function notStarted(error: unknown, { argv, cwd }: Launch): Finished["ended"] {
  return { how: "not-started", why: reason(error, argv[0], cwd) };
}

function reason(error: unknown, program: string, cwd: string): string {
  const code = errorCode(error);
  // The kernel says "no such file" about the program when it means the folder.
  if (code === "ENOENT" && !isFolder(cwd)) return `there is no folder ${cwd}`;
  if (code === "ENOENT") return `there is no program ${program}`;
  if (code === "EACCES") return `${program} may not be executed`;
  if (code === "E2BIG") return `the arguments of ${program} are too long`;
  if (code === "ERR_INVALID_ARG_VALUE")
    return "a zero byte stands in the arguments or the environment";
  return `${program} did not start: ${code ?? String(error)}`;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
