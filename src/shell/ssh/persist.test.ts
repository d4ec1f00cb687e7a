import { expect, test } from "vitest";
import { virtualClock } from "../../../test/rig/virtual-clock.ts";
import type { Answer, Line } from "./line.ts";
import { persist } from "./persist.ts";

const AWAY: Answer = {
  is: "out of reach",
  trouble: { isPassing: true, failure: { code: "host-unreachable", what: "away", fix: "wait" } },
};
const HERE: Answer = { is: "answered", words: "ok" };

/** A line whose host is away until it is brought back, each question taking a second of virtual time. */
function lineOf() {
  const clock = virtualClock();
  const host = { isAway: true, asked: 0 };
  const line = {
    world: { clock },
    ask: async () => {
      host.asked += 1;
      clock.advance(1000);
      return host.isAway ? AWAY : HERE;
    },
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all that is used of one
  } as unknown as Line;
  const ask = async (patienceMs: number, timeoutMs = 600_000) => {
    const began = clock.monotonic();
    const told = await persist(line, () => ({ words: ["look"] }), { patienceMs, timeoutMs }).then(
      (answer) => answer.is,
      () => "given up",
    );
    return { told, tookMs: clock.monotonic() - began };
  };
  return { ask, host, clock };
}

test("a host that is away is waited for once, and then asked each time without waiting long", async () => {
  const { ask } = lineOf();
  const first = await ask(60_000);
  expect(first.told).toBe("given up");
  expect(first.tookMs).toBeGreaterThan(60_000);
  const second = await ask(60_000);
  expect(second.told).toBe("given up");
  expect(second.tookMs).toBeLessThan(8000);
});

test("once it is back, or long after, it is waited for as before", async () => {
  const { ask, host, clock } = lineOf();
  await ask(60_000);
  host.isAway = false;
  expect(await ask(60_000)).toEqual({ told: "answered", tookMs: 1000 });
  host.isAway = true;
  expect((await ask(60_000)).tookMs).toBeGreaterThan(60_000);
  clock.advance(600_000);
  expect((await ask(60_000)).tookMs).toBeGreaterThan(60_000);
});

test("a command that may be running there is attended as long as that may take", async () => {
  const { ask } = lineOf();
  await ask(60_000);
  expect((await ask(600_000)).tookMs).toBeGreaterThan(500_000);
});
