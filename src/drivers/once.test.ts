import { expect, test } from "vitest";
import { Fault } from "../model/failure.ts";
import type { Command, Finished, Receipt, Shell } from "../ports/shell.ts";
import { once } from "./once.ts";

const command: Command = { argv: ["npm", "ci"] };
const ended = (code: number): Finished => ({
  ended: { how: "exit", code },
  tail: `ended with ${code}`,
  durationMs: 1,
});

/** A shell that remembers receipts; each start ends as the list says. */
function shellThat(receipts: Record<string, Receipt>, ends: number[]) {
  const started: string[] = [];
  const shell: Pick<Shell, "run" | "receipt"> = {
    receipt: async (key) => receipts[key] ?? { state: "never started" },
    run: async (key) => {
      if (receipts[key]?.state !== "running") started.push(key);
      const finished = ended(ends.shift() ?? 0);
      receipts[key] = { state: "ended", finished };
      return finished;
    },
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing else is asked
  return { shell: shell as Shell, started };
}

const run = ({ shell }: ReturnType<typeof shellThat>) =>
  once(shell, { key: "hub/npm", command }, { timeoutMs: 1_000 });

test.each<[string, Record<string, Receipt>, readonly string[]]>([
  ["starts what never started", {}, ["hub/npm/1"]],
  ["adopts what ended well", { "hub/npm/1": { state: "ended", finished: ended(0) } }, []],
  ["attaches to what runs", { "hub/npm/1": { state: "running" } }, []],
  [
    "tries again after one that ended badly",
    { "hub/npm/1": { state: "ended", finished: ended(1) } },
    ["hub/npm/2"],
  ],
  [
    "tries again after one of which nobody knows the end",
    { "hub/npm/1": { state: "lost", why: "a power cut" } },
    ["hub/npm/2"],
  ],
  [
    "adopts the second try",
    {
      "hub/npm/1": { state: "ended", finished: ended(1) },
      "hub/npm/2": { state: "ended", finished: ended(0) },
    },
    [],
  ],
])("%s", async (_, receipts, started) => {
  const world = shellThat(receipts, []);
  expect((await run(world)).ended).toEqual({ how: "exit", code: 0 });
  expect(world.started).toEqual(started);
});

test("a try that ends badly is handed back, and only the next call tries anew", async () => {
  const world = shellThat({}, [7, 0]);
  expect((await run(world)).ended).toEqual({ how: "exit", code: 7 });
  expect(world.started).toEqual(["hub/npm/1"]);
  expect((await run(world)).ended).toEqual({ how: "exit", code: 0 });
  expect((await run(world)).ended).toEqual({ how: "exit", code: 0 });
  expect(world.started).toEqual(["hub/npm/1", "hub/npm/2"]);
});

test("gives up on what never ends well", async () => {
  const world = shellThat({}, []);
  world.shell.receipt = async () => ({ state: "ended", finished: ended(1) });
  const [result] = await Promise.allSettled([run(world)]);
  expect(result.status === "rejected" && result.reason instanceof Fault).toBe(true);
  expect(world.started).toEqual([]);
});
