import { extname } from "node:path";
import { parentPort, Worker, workerData } from "node:worker_threads";
import { Fault, type Failure } from "../model/failure.ts";

type Answer = { readonly reply: unknown } | { readonly failure: Failure };

/** The program beside a module, whether it runs from source or from the build. */
export function programBeside(moduleUrl: string, name: string): URL {
  return new URL(`./${name}${extname(moduleUrl)}`, moduleUrl);
}

/**
 * Lets a program carry out one task in a thread of its own, so that long native calls hold nothing else up.
 * When the signal fires the thread is ended as soon as its native call returns.
 */
export async function inThread<Reply>(
  program: URL,
  task: object,
  signal: AbortSignal,
): Promise<Reply> {
  signal.throwIfAborted();
  const worker = new Worker(program, { workerData: task, env: {} });
  const stop = () => void worker.terminate();
  signal.addEventListener("abort", stop, { once: true });
  try {
    const answer = await new Promise<Answer | undefined>((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
      worker.once("exit", () => resolve(undefined));
    });
    if (answer === undefined) throw stopped(signal);
    if ("failure" in answer) throw new Fault(answer.failure);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the program's own type says what it replies
    return answer.reply as Reply;
  } finally {
    signal.removeEventListener("abort", stop);
    await worker.terminate();
  }
}

function stopped(signal: AbortSignal): Error {
  return signal.reason instanceof Error
    ? signal.reason
    : new Error("a thread ended without an answer");
}

/** The other side: carries out the task that this thread was started for. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- it says which tasks the program knows
export async function carryOut<Task>(deed: (task: Task) => Promise<unknown>): Promise<void> {
  let answer: Answer;
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- given by inThread
    answer = { reply: await deed(workerData as Task) };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    answer = { failure: error.failure };
  }
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(answer);
}
