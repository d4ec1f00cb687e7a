import type { Finished, Limits } from "../ports/shell.ts";

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** What ends a command before it ends by itself. */
export interface Enders {
  readonly wanted: Promise<Extract<Finished["ended"], { how: "out-of-time" | "cancelled" }>>;
  clear(): void;
}

/** Waits for the deadline or the signal, whichever comes first. */
export function enders({ timeoutMs, signal }: Limits): Enders {
  const { promise, resolve } = Promise.withResolvers<
    { how: "out-of-time" } | { how: "cancelled" }
  >();
  const cancel = () => resolve({ how: "cancelled" });
  const timer = setTimeout(
    () => resolve({ how: "out-of-time" }),
    Math.min(timeoutMs, LONGEST_TIMER_MS),
  );
  if (signal?.aborted === true) cancel();
  signal?.addEventListener("abort", cancel, { once: true });
  const clear = () => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", cancel);
  };
  return { wanted: promise, clear };
}
