import { expect, test } from "vitest";
import type { Finished } from "../../ports/shell.ts";
import { openOutcomes } from "./outcomes.ts";
import type { Kept } from "./receipts.ts";

const finished: Finished = { ended: { how: "exit", code: 3 }, tail: "", durationMs: 5 };

/** Receipts on a disk that can be full, and a clock whose waits end when the test says so. */
function fullDisk() {
  const written = new Map<string, Finished>();
  const waits: (() => void)[] = [];
  const disk = { isFull: true };
  const outcomes = openOutcomes(
    {
      read: async (key): Promise<Kept> => {
        const found = written.get(key);
        return found ? { state: "ended", finished: found } : { state: "open" };
      },
      async ended(key, outcome) {
        if (disk.isFull) throw new Error("ENOSPC");
        written.set(key, outcome);
      },
    },
    { sleep: () => new Promise((resolve) => waits.push(resolve)) },
  );
  const letTimePass = async () => {
    waits.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { outcomes, disk, written, letTimePass };
}

test("tells how a command ended while the disk does not take it, and writes it down once it does", async () => {
  const { outcomes, disk, written, letTimePass } = fullDisk();
  await outcomes.keep("41/a/do/1", finished);
  await letTimePass();
  expect(await outcomes.read("41/a/do/1")).toEqual({ state: "ended", finished });
  expect([outcomes.isBusy(), written.size]).toEqual([true, 0]);
  disk.isFull = false;
  await letTimePass();
  expect([outcomes.isBusy(), written.get("41/a/do/1")]).toEqual([false, finished]);
  expect(await outcomes.read("41/a/do/1")).toEqual({ state: "ended", finished });
});

test("is busy with nothing when the disk has taken all, and makes up no outcome", async () => {
  const { outcomes, disk } = fullDisk();
  disk.isFull = false;
  await outcomes.keep("41/a/do/1", finished);
  expect(outcomes.isBusy()).toBe(false);
  expect(await outcomes.read("41/b/do/1")).toEqual({ state: "open" });
});
