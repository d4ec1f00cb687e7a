import { Fault } from "../../model/failure.ts";

/** What ends a call before it ends by itself. */
export interface Ends {
  readonly signal: AbortSignal;
  /** Rejects when the page or the browser is gone. */
  readonly gone: Promise<never>;
}

/** The result of a call, or a Fault `browser-does-not-answer` when it takes longer than it may. */
export async function within<T>(
  call: Promise<T>,
  { ends, ms, what }: { readonly ends: Ends; readonly ms: number; readonly what: string },
): Promise<T> {
  // What is given up may still fail, when nobody listens any more.
  call.catch(() => undefined);
  ends.signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const late = setTimeout(() => reject(silent(what, ms)), Math.min(ms, 2 ** 31 - 1));
  const cancel = () => reject(ends.signal.reason);
  ends.signal.addEventListener("abort", cancel, { once: true });
  try {
    return await Promise.race([call, promise, ends.gone]);
  } catch (error) {
    ends.signal.throwIfAborted();
    if (error instanceof Error && ENDED.test(error.message)) throw await whyEnded(ends);
    throw error;
  } finally {
    clearTimeout(late);
    ends.signal.removeEventListener("abort", cancel);
  }
}

const ENDED = /has been closed|Target crashed|Target closed|Connection closed/;
const MOMENT_MS = 500;

/** A call may hear of the end before the reason is known. */
async function whyEnded({ gone }: Ends): Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const timer = setTimeout(() => resolve(ended()), MOMENT_MS);
  const reason = await Promise.race([promise, gone.catch((error: unknown) => error)]);
  clearTimeout(timer);
  return reason;
}

/** The browser or its page ended although nobody asked. */
export function ended(what = "The browser ended before the visit did."): Fault {
  return new Fault({
    code: "browser-gone",
    what,
    fix: "See whether the machine ran out of memory (dmesg), or somebody ended it.",
  });
}

function silent(what: string, ms: number): Fault {
  return new Fault({
    code: "browser-does-not-answer",
    what: `The page did not answer within ${Math.round(ms / 100) / 10} s when it was asked to ${what}.`,
    fix: "See whether a script of the page runs without end; the machine may also be too busy.",
  });
}
