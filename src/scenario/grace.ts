import type { Clock } from "../ports/clock.ts";

/** A signal that fires some time after another one. */
export interface Grace extends Disposable {
  readonly signal: AbortSignal;
}

/** Gives what must be done in any case its own short deadline, once the time for everything else is over. */
export function graceAfter(signal: AbortSignal, clock: Pick<Clock, "sleep">, ms: number): Grace {
  const over = new AbortController();
  const done = new AbortController();
  const begin = async () => {
    await clock.sleep(ms, done.signal);
    if (!done.signal.aborted) over.abort(signal.reason);
  };
  const listen = () => void begin();
  if (signal.aborted) listen();
  else signal.addEventListener("abort", listen, { once: true });
  return {
    signal: over.signal,
    [Symbol.dispose]: () => {
      done.abort();
      signal.removeEventListener("abort", listen);
    },
  };
}
