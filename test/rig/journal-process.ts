import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const CHILD = fileURLToPath(new URL("journal-child.ts", import.meta.url));

export interface Answer {
  readonly ok?: unknown;
  readonly fault?: string;
}

/** A journal in another process. */
export interface JournalProcess {
  /** Sends without waiting; answers come in the same order. Resolves to undefined when the process died first. */
  call(method: string, ...args: unknown[]): Promise<Answer | undefined>;
  signal(name: NodeJS.Signals): void;
  /** kill -9, and waits until it is gone. */
  kill(): Promise<void>;
}

/** Starts one, through `prefix` (argv that runs the rest) when given. */
export async function journalProcess(
  folder: string,
  prefix: readonly string[] = [],
): Promise<JournalProcess> {
  const [program, ...args] = [...prefix, process.execPath, CHILD, folder];
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  const waiting: ((answer: Answer | undefined) => void)[] = [];
  const answered = () => new Promise<Answer | undefined>((resolve) => waiting.push(resolve));
  const gone = once(child, "close");
  child.on("close", () => {
    for (const resolve of waiting.splice(0)) resolve(undefined);
  });
  // What was sent to a process that is gone is nothing to be told about.
  child.stdin.on("error", () => {});
  createInterface({ input: child.stdout }).on("line", (line) => {
    waiting.shift()?.(JSON.parse(line) as Answer);
  });
  await answered();
  return {
    call(...words) {
      const answer = answered();
      child.stdin.write(`${JSON.stringify(words)}\n`);
      return answer;
    },
    signal: (name) => void child.kill(name),
    async kill() {
      child.kill("SIGKILL");
      await gone;
    },
  };
}
