import type { Socket } from "node:net";
import { systemClock } from "../clock.ts";

// After the leader of a command is gone, a grandchild may hold the pipe for ever.
const GRACE_MS = 2000;
const LONGEST_MS = 30_000;
// All that the leader can have left behind in the pipe and on our side of it.
const LEFTOVER_BYTES = 1024 * 1024;
const LOOK_MS = 100;

/** Reads a pipe to its end, one chunk at a time, so that a slow disk slows the writer down and fills no memory. */
export function drain(source: Socket, take: (chunk: Uint8Array) => Promise<void>) {
  const state = { isTaking: false, bytes: 0, isOver: false };
  const done = pump(source, take, state).finally(() => (state.isOver = true));

  /** To be called when the writer has ended: waits for the end of the pipe, but not for ever. */
  const over = async () => {
    const began = systemClock.monotonic();
    const bytesThen = state.bytes;
    while (!state.isOver) {
      await raceSleep(done, LOOK_MS);
      const ms = systemClock.monotonic() - began;
      const isRead = !state.isTaking || state.bytes - bytesThen > LEFTOVER_BYTES;
      if ((ms >= GRACE_MS && isRead) || ms >= LONGEST_MS) source.destroy();
      if (ms >= LONGEST_MS) return;
    }
    await done;
  };
  return { over };
}

async function pump(
  source: Socket,
  take: (chunk: Uint8Array) => Promise<void>,
  state: { isTaking: boolean; bytes: number },
): Promise<void> {
  try {
    for await (const chunk of source as AsyncIterable<Uint8Array>) {
      state.isTaking = true;
      state.bytes += chunk.length;
      await take(chunk);
      state.isTaking = false;
    }
  } catch {
    // Destroyed by `over`, or a broken pipe: either way nothing more comes.
  }
}

async function raceSleep(done: Promise<void>, ms: number): Promise<void> {
  const awake = new AbortController();
  await Promise.race([done, systemClock.sleep(ms, awake.signal)]);
  awake.abort();
}
