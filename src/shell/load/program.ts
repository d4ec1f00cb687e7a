import { parentPort, workerData } from "node:worker_threads";
import { type Failure, Fault } from "../../model/failure.ts";
import type { LoadPlan, LoadPulse, LoadResult } from "../../ports/load.ts";
import { generate } from "./generate.ts";

/** What the load's thread tells. */
export type FromThread =
  | { readonly pulse: LoadPulse }
  | { readonly result: LoadResult }
  | { readonly failure: Failure };

/** What it is told: that it is cancelled, or that going on makes no sense. */
export type ToThread =
  | { readonly do: "stop" }
  | { readonly do: "give up"; readonly reason: string };

/** The load's own thread, so that neither the journal nor anything else of ours holds a request up. */
const stop = new AbortController();

function tell(message: FromThread): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(message);
}

parentPort?.on("message", (message: ToThread) => {
  stop.abort(message.do === "give up" ? message.reason : undefined);
});

try {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- given by index.ts
  const result = await generate(workerData as LoadPlan, {
    signal: stop.signal,
    // The answer comes as a message: nobody waits here.
    pulse: (pulse) => {
      tell({ pulse });
      return undefined;
    },
  });
  tell({ result });
} catch (error) {
  if (!(error instanceof Fault)) throw error;
  tell({ failure: error.failure });
} finally {
  parentPort?.close();
}
