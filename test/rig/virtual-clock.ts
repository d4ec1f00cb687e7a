import type { Clock } from "../../src/ports/clock.ts";

/**
 * A clock that jumps to the next timer as soon as nothing else has anything to do, so that hours of waiting pass in
 * microseconds and always in the same order.
 */
export function virtualClock(
  startMs = Date.UTC(2026, 0, 1),
): Clock & { advance(ms: number): void } {
  let now = 0;
  let timers: { at: number; wake: () => void }[] = [];
  let pumping = false;

  const pump = () => {
    if (pumping) return;
    pumping = true;
    setImmediate(() => {
      pumping = false;
      const [first] = timers.toSorted((a, b) => a.at - b.at);
      if (!first) return;
      now = Math.max(now, first.at);
      timers = timers.filter((timer) => timer !== first);
      first.wake();
      if (timers.length > 0) pump();
    });
  };

  return {
    now: () => startMs + now,
    monotonic: () => now,
    advance: (ms) => {
      now += ms;
    },
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const timer = { at: now + ms, wake: resolve };
        timers.push(timer);
        signal?.addEventListener(
          "abort",
          () => {
            timers = timers.filter((each) => each !== timer);
            resolve();
          },
          { once: true },
        );
        pump();
      }),
  };
}
