import { randomUUID } from "node:crypto";
import type { Drawing } from "../grading/drawing.ts";
import { connectRedis, RedisUnavailable } from "./redis.ts";

/** The names of what is kept in Redis begin with this. */
const OURS = "exam-grading";

/** How long a person waits for a PDF at most. */
const PATIENCE_S = 20;
/** A worker that has said nothing for so long is gone. */
const BEAT_S = 15;

/** Drawing is hard work: the web processes leave it to workers, by a list in Redis. */
export interface Queue {
  /** Lets a worker draw, and waits until it has. */
  readonly draw: Drawing;
  /** How many jobs no worker has begun. */
  waiting(): Promise<number>;
  /** Does the next job, if one comes within `seconds`. */
  work(draw: Drawing, seconds: number): Promise<Worked | undefined>;
  /** A worker says that it lives. */
  beat(name: string): Promise<void>;
  isAlive(name: string): Promise<boolean>;
  close(): void;
}

/** What became of a job. */
export type Worked = { readonly copy: string; readonly error?: string };

/** Opens the queue in a Redis. A job whose worker dies is lost, and the person is told to try again. */
export function openQueue(url: string, prefix: string = OURS): Queue {
  const keys = keysBelow(prefix);
  const redis = connectRedis(url);
  // Whoever waits in Redis needs a connection for that alone.
  const taking = connectRedis(url);
  return {
    draw: (copy) => askWorker(url, keys, copy),
    waiting: async () => Number(await redis.send(["LLEN", keys.jobs])),
    work: async (draw, seconds) => {
      const taken = await taking.send(["BLPOP", keys.jobs, seconds], (seconds + 5) * 1000);
      if (!isList(taken)) return undefined;
      const { id, copy } = readJob(String(taken[1]));
      const { answer, ...worked } = await attempt(draw, copy);
      await redis.send(["RPUSH", keys.answer(id), answer]);
      await redis.send(["EXPIRE", keys.answer(id), PATIENCE_S * 2]);
      return { copy, ...worked };
    },
    beat: async (name) =>
      void (await redis.send(["SET", keys.worker(name), Date.now(), "EX", BEAT_S])),
    isAlive: async (name) => (await redis.send(["EXISTS", keys.worker(name)])) === 1,
    close: () => (redis.close(), taking.close()),
  };
}

async function askWorker(url: string, keys: Keys, copy: string): Promise<Uint8Array> {
  const redis = connectRedis(url);
  const id = randomUUID();
  try {
    await redis.send(["RPUSH", keys.jobs, JSON.stringify({ id, copy })]);
    const answer = await redis.send(
      ["BLPOP", keys.answer(id), PATIENCE_S],
      (PATIENCE_S + 5) * 1000,
    );
    if (!isList(answer) || !Buffer.isBuffer(answer[1]))
      throw new RedisUnavailable("No worker has drawn the PDF in time.");
    if (answer[1][0] === FAILED) throw new Error(answer[1].toString("utf8", 1));
    return answer[1].subarray(1);
  } finally {
    redis.close();
  }
}

type Keys = ReturnType<typeof keysBelow>;

function keysBelow(prefix: string) {
  return {
    jobs: `${prefix}:jobs`,
    answer: (id: string): string => `${prefix}:answer:${id}`,
    worker: (name: string): string => `${prefix}:worker:${name}`,
  };
}

// The first byte says what the rest is: a PDF, or why there is none.
const [DRAWN, FAILED] = [0, 1] as const;

async function attempt(
  draw: Drawing,
  copy: string,
): Promise<{ readonly answer: Buffer; readonly error?: string }> {
  try {
    return { answer: Buffer.concat([Buffer.from([DRAWN]), await draw(copy)]) };
  } catch (cause) {
    const error = cause instanceof Error ? cause.message : String(cause);
    return { answer: Buffer.concat([Buffer.from([FAILED]), Buffer.from(error)]), error };
  }
}

function readJob(text: string): { readonly id: string; readonly copy: string } {
  const { id, copy } = JSON.parse(text);
  return { id: String(id), copy: String(copy) };
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}
