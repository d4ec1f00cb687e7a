const BEGIN = 0x1e;
const END = 0x0a;
const NOTHING = new Uint8Array();

/** Tells the answers of a host's script from what its command says on the same stream. */
export interface Frames {
  /** Takes what came, hands back what is none of ours. */
  push(chunk: Uint8Array): Uint8Array;
  /** What was held back, at the end. */
  flush(): Uint8Array;
}

/** `RS nonce words LF`, across any split; `hear` gets the words. */
export function openFrames(nonce: string, hear: (words: string) => void): Frames {
  const head = Buffer.concat([Uint8Array.of(BEGIN), Buffer.from(`${nonce} `)]);
  let held: Buffer = Buffer.alloc(0);
  const push = (chunk: Uint8Array): Uint8Array => {
    if (held.length === 0 && !chunk.includes(BEGIN)) return chunk;
    let rest = Buffer.concat([held, chunk]);
    held = Buffer.alloc(0);
    const plain: Uint8Array[] = [];
    for (let at = rest.indexOf(BEGIN); at !== -1; at = rest.indexOf(BEGIN)) {
      plain.push(rest.subarray(0, at));
      rest = rest.subarray(at);
      const isOurs = head.subarray(0, rest.length).equals(rest.subarray(0, head.length));
      const end = rest.indexOf(END);
      if (isOurs && end === -1) {
        held = rest;
        return Buffer.concat(plain);
      }
      if (isOurs && rest.length >= head.length) {
        hear(rest.subarray(head.length, end).toString("utf8"));
        rest = rest.subarray(end + 1);
      } else {
        plain.push(rest.subarray(0, 1));
        rest = rest.subarray(1);
      }
    }
    return Buffer.concat([...plain, rest]);
  };
  const flush = () => {
    const last = held;
    held = Buffer.alloc(0);
    return last.length === 0 ? NOTHING : last;
  };
  return { push, flush };
}
