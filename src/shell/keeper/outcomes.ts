import type { Clock } from "../../ports/clock.ts";
import type { Finished } from "../../ports/shell.ts";
import { systemClock } from "../clock.ts";
import type { Kept, Receipts } from "./receipts.ts";

const AGAIN_MS = 500;

/** How commands ended: on disk, and in our head while a full disk does not take it. */
export interface Outcomes {
  read(key: string): Promise<Kept>;
  /** Resolves also when the disk says no: whoever asks is told by us until it has been written down. */
  keep(key: string, finished: Finished): Promise<void>;
  /** Whether there is something that only we know. */
  isBusy(): boolean;
}

/** Opens the outcomes of commands over their receipts. */
export function openOutcomes(
  receipts: Pick<Receipts, "read" | "ended">,
  clock: Pick<Clock, "sleep"> = systemClock,
): Outcomes {
  const unwritten = new Map<string, Finished>();
  const write = (key: string, finished: Finished) =>
    receipts.ended(key, finished).then(
      () => unwritten.delete(key),
      () => unwritten.set(key, finished),
    );
  const insist = async (key: string, finished: Finished) => {
    while (unwritten.has(key)) {
      // oxlint-disable-next-line no-await-in-loop
      await clock.sleep(AGAIN_MS);
      // oxlint-disable-next-line no-await-in-loop
      await write(key, finished);
    }
  };
  return {
    async read(key) {
      const finished = unwritten.get(key);
      return finished === undefined ? receipts.read(key) : { state: "ended", finished };
    },
    async keep(key, finished) {
      await write(key, finished);
      void insist(key, finished);
    },
    isBusy: () => unwritten.size > 0,
  };
}
