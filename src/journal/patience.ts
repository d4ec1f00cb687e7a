const PAUSE_MS = 20;
const PATIENCE_MS = 5000;

/** Tries again while SQLite answers "busy" without having waited, as it does where two waits could block each other. */
export function patiently<T>(act: () => T): T {
  for (let waited = 0; ; waited += PAUSE_MS) {
    try {
      return act();
    } catch (thrown) {
      if (!isBusy(thrown) || waited >= PATIENCE_MS) throw thrown;
    }
    // Opening is synchronous, like all of node:sqlite, hence this pause is as well.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
  }
}

/** Whether SQLite says that somebody else holds what was asked for. */
export function isBusy(thrown: unknown): boolean {
  if (!(thrown instanceof Error) || !("errcode" in thrown)) return false;
  // The low byte is the error, the rest its finer shade: https://www.sqlite.org/rescode.html
  const primary = Number(thrown.errcode) & 0xff;
  return primary === 5 || primary === 6;
}
