const FIRST_CAPACITY = 4096;

/** The last bytes of a stream, at most so many. */
export interface Tail {
  push(bytes: Uint8Array): void;
  /** Bytes that were pushed out at the front. */
  dropped(): number;
  content(): Uint8Array;
}

/** Keeps them in one ring that grows as needed, so that many small pieces cost no more than one large. */
export function openTail(limit: number): Tail {
  let ring = new Uint8Array(Math.min(limit, FIRST_CAPACITY));
  let start = 0;
  let length = 0;
  let dropped = 0;

  const grow = (needed: number) => {
    const wider = new Uint8Array(Math.min(limit, Math.max(needed, ring.length * 2)));
    wider.set(unrolled(ring, start, length));
    ring = wider;
    start = 0;
  };
  const makeRoom = (bytes: number) => {
    const excess = Math.max(0, length + bytes - limit);
    if (ring.length > 0) start = (start + excess) % ring.length;
    length -= excess;
    dropped += excess;
    if (length + bytes > ring.length) grow(length + bytes);
  };

  return {
    content: () => unrolled(ring, start, length),
    dropped: () => dropped,
    push(bytes) {
      const kept = bytes.subarray(Math.max(0, bytes.length - limit));
      dropped += bytes.length - kept.length;
      makeRoom(kept.length);
      if (kept.length === 0) return;
      const end = (start + length) % ring.length;
      const first = kept.subarray(0, ring.length - end);
      ring.set(first, end);
      ring.set(kept.subarray(first.length), 0);
      length += kept.length;
    },
  };
}

function unrolled(ring: Uint8Array, start: number, length: number): Uint8Array {
  const all = new Uint8Array(length);
  const first = ring.subarray(start, Math.min(start + length, ring.length));
  all.set(first);
  all.set(ring.subarray(0, length - first.length), first.length);
  return all;
}
