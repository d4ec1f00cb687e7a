import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { Fault } from "../../model/failure.ts";
import type { LoadGenerator, LoadResult } from "../../ports/load.ts";
import type { FromThread, ToThread } from "./program.ts";

const PROGRAM = new URL(`./program${extname(import.meta.url)}`, import.meta.url);
/** Ending takes as long as writing down what was measured. */
const ENDING_MS = 10_000;

/** Opens the way to send many requests and measure each: own HTTP/1.1 on own sockets, in a thread of its own. */
export function openLoad(): LoadGenerator {
  return {
    run: async (plan, { signal, pulse }) => {
      const thread = new Worker(PROGRAM, { workerData: plan, env: {} });
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      const tell = (message: ToThread) => thread.postMessage(message);
      let patience: NodeJS.Timeout | undefined;
      const stop = () => {
        tell({ do: "stop" });
        patience = setTimeout(() => void thread.terminate(), ENDING_MS);
      };
      if (signal.aborted) stop();
      signal.addEventListener("abort", stop, { once: true });
      try {
        return await new Promise<LoadResult>((resolve, reject) => {
          thread.on("message", (message: FromThread) => {
            if ("result" in message) resolve(message.result);
            else if ("failure" in message) reject(new Fault(message.failure));
            else {
              const reason = pulse(message.pulse);
              if (reason !== undefined) tell({ do: "give up", reason });
            }
          });
          thread.once("error", reject);
          thread.once("exit", () => reject(new Error("the load's thread ended without a result")));
        });
      } finally {
        clearTimeout(patience);
        signal.removeEventListener("abort", stop);
        await thread.terminate();
      }
    },
  };
}
