import { expect, test } from "vitest";
import { Fault } from "../../model/failure.ts";
import type { Docker } from "./docker.ts";
import { outlast } from "./away.ts";

const away = new Fault({ code: "engine-unreachable", what: "Away.", fix: "Start it." });
const other = new Fault({ code: "release-never-healthy", what: "Ill.", fix: "Mend it." });

/** An engine that is away for so many questions, and work that fails as many times with each fault. */
function patience(silent: number, deadline = 10_000) {
  let now = 0;
  let asked = 0;
  const said: string[] = [];
  const look = async () => {
    if (asked++ < silent) throw away;
    return { stdout: "20.10", tail: "", ended: { how: "exit", code: 0 } };
  };
  const clock = {
    monotonic: () => now,
    now: () => now,
    sleep: async (ms: number) => void (now += ms),
  };
  const act = {
    signal: new AbortController().signal,
    timeoutMs: 1,
    say: (line: string) => void said.push(line),
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- no more of it is asked for
  return {
    said,
    given: { docker: { look } as unknown as Docker, clock, deadline, act } as unknown as Parameters<
      typeof outlast
    >[0],
    now: () => now,
  };
}

function failing(...faults: readonly Error[]) {
  const left = [...faults];
  const done: number[] = [];
  return {
    done,
    work: async () => {
      done.push(1);
      const next = left.shift();
      if (next !== undefined) throw next;
      return "well";
    },
  };
}

test("does it once where the engine stays", async () => {
  const { work, done } = failing();
  expect(await outlast(patience(0).given, work)).toBe("well");
  expect(done).toHaveLength(1);
});

test("does it again when the engine is back", async () => {
  const { work, done } = failing(away, away);
  const { given, said } = patience(5);
  expect(await outlast(given, work)).toBe("well");
  expect(done).toHaveLength(3);
  expect(said.at(-1)).toContain("going on");
});

test("what was refused while the engine went is tried again", async () => {
  const { work } = failing(other);
  expect(await outlast(patience(3).given, work)).toBe("well");
});

test("what is refused by an engine that stays is refused", async () => {
  const { work, done } = failing(other);
  await expect(outlast(patience(0).given, work)).rejects.toBe(other);
  expect(done).toHaveLength(1);
});

test.each([
  [1_000, 1_000],
  [1_000_000, 30_000],
])("an engine that stays away until %i ms is said to be after %i ms", async (deadline, after) => {
  const { work } = failing(away);
  const { given, now } = patience(Infinity, deadline);
  await expect(outlast(given, work)).rejects.toBe(away);
  expect(now()).toBe(after);
});

test("our own mistakes are not waited for", async () => {
  const mistake = new Error("undefined is not a function");
  const { work } = failing(mistake);
  await expect(outlast(patience(9).given, work)).rejects.toBe(mistake);
});
