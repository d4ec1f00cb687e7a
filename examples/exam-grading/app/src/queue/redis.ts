import { createConnection } from "node:net";
import { decode, encode, RedisError, type Reply } from "./resp.ts";

/** Redis is not there, or does not answer. */
export class RedisUnavailable extends Error {}

type Words = readonly (string | number | Uint8Array)[];

/** A connection to Redis, made when it is first needed and again when it broke. */
export interface Redis {
  /** Sends one command; `withinMs` is how long its answer may take. */
  send(words: Words, withinMs?: number): Promise<Reply>;
  close(): void;
}

/** Connects to `redis://host:port`. */
export function connectRedis(url: string): Redis {
  const { hostname, port } = new URL(url);
  let line: Line | undefined;
  return {
    send: (words, withinMs = 3000) => {
      if (!line || line.isOver()) line = openLine(hostname, Number(port || 6379));
      return line.send(words, withinMs);
    },
    close: () => line?.end("Closed."),
  };
}

interface Line {
  send(words: Words, withinMs: number): Promise<Reply>;
  end(why: string): void;
  isOver(): boolean;
}

interface Waiting {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

function openLine(host: string, port: number): Line {
  const socket = createConnection(port, host);
  // Redis answers in the order of the questions.
  const waiting: Waiting[] = [];
  const end = (why: string): void => {
    socket.destroy();
    for (const { reject } of waiting.splice(0)) reject(new RedisUnavailable(why));
  };
  let bytes: Buffer = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    for (let next = decode(bytes); next; next = decode(bytes)) {
      bytes = bytes.subarray(next.end);
      answer(waiting.shift(), next.reply);
    }
  });
  socket.on("error", (error) => end(`Redis can't be reached: ${error.message}`));
  socket.on("close", () => end("Redis has closed the connection."));
  return {
    isOver: () => socket.destroyed,
    end,
    send: async (words, withinMs) => {
      const late = setTimeout(() => end("Redis does not answer."), withinMs);
      const { promise, resolve, reject } = Promise.withResolvers<Reply>();
      waiting.push({ resolve, reject });
      socket.write(encode(words));
      return promise.finally(() => clearTimeout(late));
    },
  };
}

function answer(waiting: Waiting | undefined, reply: Reply): void {
  if (reply instanceof RedisError) waiting?.reject(reply);
  else waiting?.resolve(reply);
}
