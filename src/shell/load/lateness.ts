import { BUCKETS, bucketOf, quantileOf } from "../../lib/log-histogram.ts";

const TICK_MS = 2;
const MOST_MISSED = 5_000;

/**
 * How late this thread wakes. A thread that was held up for 200 ms missed a hundred wakings, not one: each is counted
 * with what it was late, or our own stalls would be forgiven as those of a server must not be.
 */
export class Lateness {
  #counts = new Uint32Array(BUCKETS);
  #last = 0;
  #timer: NodeJS.Timeout | undefined;

  start(): void {
    this.#last = performance.now();
    this.#timer = setInterval(() => this.#wake(performance.now()), TICK_MS);
  }

  /** Forgets what was until now. */
  reset(): void {
    this.#counts.fill(0);
    this.#last = performance.now();
  }

  stop(): void {
    this.#wake(performance.now());
    clearInterval(this.#timer);
  }

  /** 99 of 100 wakings were at most this late. */
  p99Ms(): number {
    return quantileOf(this.#counts, 0.99) ?? 0;
  }

  #wake(now: number): void {
    const late = Math.max(0, now - this.#last - TICK_MS);
    this.#last = now;
    this.#counts[bucketOf(late)]!++;
    const missed = Math.min(MOST_MISSED, Math.floor(late / TICK_MS));
    for (let nth = 1; nth <= missed; nth++) this.#counts[bucketOf(late - nth * TICK_MS)]!++;
  }
}
