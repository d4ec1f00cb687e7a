import { createByteSearch, type ByteSearch } from "./byte-search.ts";
import { formsOf } from "./mask-forms.ts";

/** Replaces given values, in every form listed in docs/guide/secrets.md, by `***`. */
export interface Mask {
  text(text: string): string;
  bytes(bytes: Uint8Array): Uint8Array;
  /** For bytes that come in chunks: right across any split, holding back only what may still become a match. */
  stream(): MaskStream;
}

export interface MaskStream {
  /** Gives what is certain so far: where nothing was masked, the chunk itself or a view of it. */
  push(chunk: Uint8Array): Uint8Array;
  /** What was held back, at the end. */
  flush(): Uint8Array;
}

const STARS = new TextEncoder().encode("***");
const NOTHING = new Uint8Array();

/** Makes a mask for these values. Matches that overlap become one `***`, so that no piece of either is left. */
export function createMask(values: readonly string[]): Mask {
  const forms = formsOf(values);
  if (forms.length === 0) return NO_MASK;
  const search = createByteSearch(forms);
  return {
    text: (text) => maskText(search, text),
    bytes: (bytes) => maskBytes(search, bytes),
    stream: () => createStream(search),
  };
}

const NO_MASK: Mask = {
  text: (text) => text,
  bytes: (bytes) => bytes,
  stream: () => ({ push: (chunk) => chunk, flush: () => NOTHING }),
};

/** Text without a match is given back itself, since half a surrogate pair would not survive the way through UTF-8. */
function maskText(search: ByteSearch, text: string): string {
  const bytes = new TextEncoder().encode(text);
  const masked = maskBytes(search, bytes);
  return masked === bytes ? text : new TextDecoder("utf-8", { ignoreBOM: true }).decode(masked);
}

function maskBytes(search: ByteSearch, bytes: Uint8Array): Uint8Array {
  const stretches: Stretch[] = [];
  search.scan(bytes, { from: 0, state: 0 }, (from, to) => addTo(stretches, from, to));
  if (stretches.length === 0) return bytes;
  const { parts, end } = cover(bytes, stretches);
  return join([...parts, bytes.subarray(end)]);
}

/** A stretch to be masked, in places of the data at hand; `from` is negative when its `***` is already out. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

function createStream(search: ByteSearch): MaskStream {
  let held = NOTHING;
  let state = 0;
  let pending: Stretch[] = [];

  /** Gives out what lies before `certain`, where the earliest match that is still possible would begin: maybe under a `***` that is already out. */
  const give = (data: Uint8Array, certain: number): Uint8Array => {
    if (certain === data.length && pending.length === 0) {
      held = NOTHING;
      return data;
    }
    const later = pending.findIndex(({ from }) => from > certain);
    const now = later < 0 ? pending : pending.slice(0, later);
    const { parts, end } = cover(data, now);
    const to = Math.max(end, certain);
    held = data.slice(to);
    pending = pending.slice(now.length).map((stretch) => moved(stretch, -to));
    return join([...parts, data.subarray(end, to)]);
  };

  return {
    push(chunk) {
      const data = held.length === 0 ? chunk : join([held, chunk]);
      state = search.scan(data, { from: held.length, state }, (from, to) =>
        addTo(pending, from, to),
      );
      return give(data, data.length - search.live(state));
    },
    flush() {
      state = 0;
      return give(held, held.length);
    },
  };
}

/** The data up to the end of the last stretch, each stretch replaced. */
function cover(
  data: Uint8Array,
  stretches: readonly Stretch[],
): { parts: Uint8Array[]; end: number } {
  const parts: Uint8Array[] = [];
  let end = 0;
  for (const { from, to } of stretches) {
    if (from >= 0) parts.push(data.subarray(end, from), STARS);
    end = to;
  }
  return { parts, end };
}

function moved({ from, to }: Stretch, by: number): Stretch {
  return { from: from + by, to: to + by };
}

/** Matches come by their end, so a new one can only swallow the last stretches. */
function addTo(stretches: Stretch[], start: number, end: number): void {
  let from = start;
  for (
    let last = stretches.at(-1);
    last !== undefined && last.to > start;
    last = stretches.at(-1)
  ) {
    from = Math.min(from, last.from);
    stretches.pop();
  }
  stretches.push({ from, to: end });
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1 && parts[0] !== undefined) return parts[0];
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
