import type { Client, Dispatcher } from "undici";

/** The beginning of an answer; its body is read from here on. */
export interface Heard {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  /** Read once, piece by piece as they came: none is copied, and the server waits while nobody reads. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** So many bytes wait for their reader before the server has to. */
const MOST_WAITING = 262_144;

/**
 * Asks, and resolves when the headers of the answer are there. Not undici's `request`: its body is a stream, which
 * joins waiting pieces into copies and leaves the originals to the collector, some 60 MB of them in a long download.
 */
export function hear(client: Client, options: Dispatcher.DispatchOptions): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const queue = new Queue();
    client.dispatch(options, {
      onRequestStart: () => undefined,
      onResponseStart: (controller, status) => {
        // An interim answer: the one that counts comes behind it.
        if (status < 200) return;
        queue.controller = controller;
        resolve({ status, headers: pairsOf(controller.rawHeaders), body: queue });
      },
      onResponseData: (_, chunk) => queue.push(chunk),
      onResponseEnd: () => queue.end(),
      onResponseError: (_, error) => {
        // The one who waits for the headers, or the one who reads.
        reject(error);
        queue.end(error);
      },
    });
  });
}

/** undici hands raw headers over as one flat list, which its types do not say. */
function pairsOf(raw: unknown): (readonly [string, string])[] {
  const flat = Array.isArray(raw)
    ? raw.map((part) => (Buffer.isBuffer(part) ? part.toString("latin1") : String(part)))
    : [];
  return Array.from(
    { length: flat.length / 2 },
    (_, i) => [flat[2 * i]!, flat[2 * i + 1]!] as const,
  );
}

type Next = IteratorResult<Uint8Array, undefined>;

/** Pieces of a body on their way to the one who reads it. */
class Queue implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array, undefined> {
  controller: Dispatcher.DispatchController | undefined;
  readonly #chunks: Uint8Array[] = [];
  #bytes = 0;
  #end: { readonly error: Error | undefined } | undefined;
  #reader: PromiseWithResolvers<Next> | undefined;
  #left = false;

  [Symbol.asyncIterator](): this {
    return this;
  }

  push(chunk: Uint8Array): void {
    if (this.#left) return;
    const reader = this.#reader;
    this.#reader = undefined;
    if (reader) return reader.resolve({ done: false, value: chunk });
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes >= MOST_WAITING) this.controller?.pause();
  }

  end(error?: Error): void {
    this.#end ??= { error };
    const reader = this.#reader;
    this.#reader = undefined;
    if (error) reader?.reject(error);
    else reader?.resolve(DONE);
  }

  next(): Promise<Next> {
    const chunk = this.#chunks.shift();
    if (chunk) {
      this.#bytes -= chunk.length;
      return Promise.resolve({ done: false, value: chunk });
    }
    if (this.#end?.error) return Promise.reject(this.#end.error);
    if (this.#end) return Promise.resolve(DONE);
    this.#reader = Promise.withResolvers();
    const { promise } = this.#reader;
    // Should the reader have left, nobody needs to hear why the rest never came.
    promise.catch(() => undefined);
    this.controller?.resume();
    return promise;
  }

  /** The one who reads has enough; who asked ends the connection. */
  return(): Promise<Next> {
    this.#left = true;
    this.#chunks.length = 0;
    return Promise.resolve(DONE);
  }
}

const DONE: Next = { done: true, value: undefined };
