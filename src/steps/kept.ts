import type { Evidence } from "../model/evidence.ts";
import type { Failure } from "../model/failure.ts";
import type { Command, Finished, OutputFile, Shell } from "../ports/shell.ts";
import type { Work } from "../ports/step-kind.ts";

type Runner = Pick<Work<unknown>, "shell" | "artifacts" | "step" | "signal" | "timeoutMs">;

interface Kept {
  readonly key: string;
  readonly command: Command;
  readonly stream: string;
  /** Of the place where it runs. */
  readonly shell?: Shell;
}

/** Runs a command once under its key, with its output kept as the stream's artifact when the plan keeps it. */
export async function runKept(
  work: Runner,
  { key, command, stream, shell = work.shell }: Kept,
): Promise<Finished> {
  const { signal, timeoutMs } = work;
  const output = await place(work, stream);
  return shell.run(key, command, { timeoutMs, signal, ...(output && { output }) });
}

async function place({ artifacts, step }: Runner, stream: string): Promise<OutputFile | undefined> {
  const wish = step.save[stream];
  if (wish === undefined) return undefined;
  const name = await artifacts.name(wish);
  return { path: artifacts.path(name), name, keepBytes: step.keepBytes };
}

/** The kept outputs of these commands. */
export function evidenceOf(...finished: readonly (Finished | undefined)[]): Evidence[] {
  return finished.flatMap((each) => each?.output ?? []);
}

/** Keeps a small text under the stream's artifact name, when the plan keeps it. */
export async function keepText(
  { artifacts, step }: Pick<Runner, "artifacts" | "step">,
  stream: string,
  text: string,
): Promise<Evidence[]> {
  const wish = step.save[stream];
  return wish === undefined ? [] : [await artifacts.save(wish, text)];
}

export function hasPassed({ ended }: Finished, codes: readonly number[] = [0]): boolean {
  return ended.how === "exit" && codes.includes(ended.code);
}

/** Why a command did not end as it should, in its own last words. */
export function explain(finished: Finished, what: string, fix?: string): Failure {
  const { ended, tail, output } = finished;
  const detail = lastLines(tail);
  const kept = output ? `Read ${output.name}` : "Read its last lines below";
  return {
    code: CODES[ended.how],
    what: `${what} ${ending(finished)}.`,
    fix: fix ?? FIXES[ended.how] ?? `${kept}, mend what it says, and run again.`,
    ...(detail !== "" && { detail }),
  };
}

const CODES: Readonly<Record<Finished["ended"]["how"], string>> = {
  exit: "command-failed",
  signal: "command-failed",
  "not-started": "command-not-started",
  "out-of-time": "command-out-of-time",
  cancelled: "command-cancelled",
};

const FIXES: Partial<Record<Finished["ended"]["how"], string>> = {
  "not-started": "Install the program or correct its name and its `cwd`.",
  "out-of-time": "See in its output what it was waiting for, or raise the step's `timeout`.",
  cancelled: "Nothing to mend: the step was cancelled, and the command was ended.",
};

function ending({ ended, durationMs }: Finished): string {
  switch (ended.how) {
    case "exit":
      return ended.code === 137
        ? "ended with exit code 137: it was killed, often because memory ran out"
        : `ended with exit code ${ended.code}`;
    case "signal":
      return `was ended by ${ended.signal}`;
    case "not-started":
      return `could not be started: ${ended.why}`;
    case "out-of-time":
      return `was ended after ${Math.round(durationMs / 1000)} s, out of time`;
    case "cancelled":
      return "was cancelled";
  }
}

/** The last lines that say something, short enough to be read. */
export function lastLines(text: string, most = 20): string {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  return lines
    .slice(-most)
    .map((line) => line.slice(0, 500))
    .join("\n");
}

/** A command as people would write it; for showing only, never for running. */
export function show(argv: readonly string[]): string {
  const words = argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word)));
  const line = words.join(" ");
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}
