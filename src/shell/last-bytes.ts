/** Remembers the last bytes of a stream in a ring that never grows beyond its cap. */
export interface LastBytes {
  /** Takes a chunk and says how many older bytes it pushed out. */
  push(chunk: Uint8Array): number;
  /** What is remembered, in order. */
  bytes(): Buffer;
}

const FIRST_SIZE = 4096;

/** Opens an empty ring. */
export function lastBytes(cap: number): LastBytes {
  let ring = Buffer.alloc(Math.min(cap, FIRST_SIZE));
  let start = 0;
  let length = 0;
  const bytes = () => {
    const first = ring.subarray(start, Math.min(start + length, ring.length));
    return Buffer.concat([first, ring.subarray(0, length - first.length)]);
  };
  const grow = (need: number) => {
    const bigger = Buffer.alloc(Math.min(cap, Math.max(need, ring.length * 2)));
    bytes().copy(bigger);
    ring = bigger;
    start = 0;
  };
  const push = (chunk: Uint8Array) => {
    if (length + chunk.length > ring.length && ring.length < cap) grow(length + chunk.length);
    const kept = chunk.subarray(Math.max(0, chunk.length - ring.length));
    const over = Math.max(0, length + kept.length - ring.length);
    if (ring.length > 0) {
      start = (start + over) % ring.length;
      write(ring, (start + length - over) % ring.length, kept);
    }
    length += kept.length - over;
    return over + chunk.length - kept.length;
  };
  return { push, bytes };
}

function write(ring: Buffer, at: number, chunk: Uint8Array): void {
  const first = Math.min(chunk.length, ring.length - at);
  ring.set(chunk.subarray(0, first), at);
  ring.set(chunk.subarray(first), 0);
}

/** Reads bytes as text that may begin in the middle of a character. */
export function textOf(bytes: Uint8Array): string {
  let start = 0;
  while (start < Math.min(3, bytes.length) && (bytes[start]! & 0xc0) === 0x80) start++;
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, bytes.length - start).toString("utf8");
}
