import { expect, test } from "vitest";
import { systemClock } from "./clock.ts";

test("sleeps no longer than until the signal, also when that was before", async () => {
  const cancel = new AbortController();
  const asleep = systemClock.sleep(2 ** 40, cancel.signal);
  cancel.abort();
  await asleep;
  await systemClock.sleep(60_000, cancel.signal);
  expect(cancel.signal.aborted).toBe(true);
});

test("sleeps at least as long as asked", async () => {
  const began = systemClock.monotonic();
  await systemClock.sleep(20);
  expect(systemClock.monotonic() - began).toBeGreaterThanOrEqual(19);
});
