import { buildByteTrie, type ByteTrie } from "./byte-trie.ts";

/** Finds many byte patterns at once, in time that grows with the data alone. */
export interface ByteSearch {
  /**
   * Goes on from `state` (0 at first) through `data` from `from`, calls `found` for the longest match that ends at each
   * place, and gives the state behind the last byte. `start` is negative for a match that began in earlier data.
   */
  scan(data: Uint8Array, at: SearchAt, found: (start: number, end: number) => void): number;
  /** How many of the last bytes may still become a match. */
  live(state: number): number;
}

interface SearchAt {
  readonly from: number;
  readonly state: number;
}

/** Bytes that the skip table looks at together. */
const BLOCK = 3;
/** A longer window skips further and is hit more often; this is where it stopped paying. */
const WIDEST = 24;

/** Aho-Corasick for what may be a match, and Wu-Manber's skip table to pass quickly over what can't begin one. */
export function createByteSearch(patterns: readonly Uint8Array[]): ByteSearch {
  const trie = buildByteTrie(patterns);
  const skip = createSkip(patterns);
  return {
    live: (state) => trie.depth[state] ?? 0,
    scan(data, at, found) {
      let { from, state } = at;
      while (from < data.length) {
        if (state === 0) from = skip(data, from);
        for (; from < data.length; from++) {
          state = step(trie, state, data[from] ?? 0);
          const length = trie.longest[state] ?? 0;
          if (length > 0) found(from + 1 - length, from + 1);
          if (state === 0) break;
        }
        from++;
      }
      return state;
    },
  };
}

function step(trie: ByteTrie, from: number, byte: number): number {
  const { label, child, sibling, fail, first } = trie;
  for (let state = from; state !== 0; state = fail[state] ?? 0) {
    let next = child[state] ?? 0;
    while (next !== 0 && label[next] !== byte) next = sibling[next] ?? 0;
    if (next !== 0) return next;
  }
  return first[byte] ?? 0;
}

type Skip = (data: Uint8Array, from: number) => number;

/** Gives the next place where a pattern may begin, or one so near the end that only a part of it would fit. */
function createSkip(patterns: readonly Uint8Array[]): Skip {
  const window = patterns.reduce((least, { length }) => Math.min(least, length), WIDEST);
  if (window < BLOCK) return (_, from) => from;
  const shifts = shiftsOf(patterns, window);
  const starts = startsOf(patterns);
  return (data, from) => {
    const last = data.length - window;
    let at = from;
    while (at <= last) {
      const end = at + window;
      const block = hash(data[end - 3] ?? 0, data[end - 2] ?? 0, data[end - 1] ?? 0);
      const shift = shifts[block] ?? 0;
      if (shift === 0 && starts[((data[at] ?? 0) << 8) | (data[at + 1] ?? 0)] === 1) return at;
      at += shift === 0 ? 1 : shift;
    }
    return at;
  };
}

function shiftsOf(patterns: readonly Uint8Array[], window: number): Uint8Array {
  const shifts = new Uint8Array(65_536).fill(window - BLOCK + 1);
  for (const pattern of patterns) {
    for (let end = BLOCK; end <= window; end++) {
      const block = hash(pattern[end - 3] ?? 0, pattern[end - 2] ?? 0, pattern[end - 1] ?? 0);
      shifts[block] = Math.min(shifts[block] ?? 0, window - end);
    }
  }
  return shifts;
}

function startsOf(patterns: readonly Uint8Array[]): Uint8Array {
  const starts = new Uint8Array(65_536);
  for (const pattern of patterns) starts[((pattern[0] ?? 0) << 8) | (pattern[1] ?? 0)] = 1;
  return starts;
}

function hash(a: number, b: number, c: number): number {
  return Math.imul((a << 16) | (b << 8) | c, 0x9e3779b1) >>> 16;
}
