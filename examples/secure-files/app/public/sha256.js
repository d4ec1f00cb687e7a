/** SHA-256 in hex. Browsers have it ready for pages that came by https or from their own machine; for others it is worked out here. */
export async function sha256(bytes) {
  const digest = crypto.subtle
    ? new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))
    : workOut(bytes);
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** FIPS 180-4, section 6.2. */
export function workOut(bytes) {
  const state = START.slice();
  const whole = bytes.length - (bytes.length % 64);
  mix(state, bytes, whole);
  const rest = new Uint8Array(bytes.length % 64 < 56 ? 64 : 128);
  rest.set(bytes.subarray(whole));
  rest[bytes.length % 64] = 0x80;
  new DataView(rest.buffer).setBigUint64(rest.length - 8, BigInt(bytes.length) * 8n);
  mix(state, rest, rest.length);
  const digest = new DataView(new ArrayBuffer(32));
  state.forEach((word, index) => digest.setUint32(index * 4, word));
  return new Uint8Array(digest.buffer);
}

function mix(state, bytes, end) {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const words = new Uint32Array(64);
  for (let at = 0; at < end; at += 64) {
    for (let index = 0; index < 64; index += 1)
      words[index] = index < 16 ? view.getUint32(at + index * 4) : later(words, index);
    mixBlock(state, words);
  }
}

function later(words, index) {
  const [a, b] = [words[index - 15], words[index - 2]];
  const first = turn(a, 7) ^ turn(a, 18) ^ (a >>> 3);
  const second = turn(b, 17) ^ turn(b, 19) ^ (b >>> 10);
  return words[index - 16] + first + words[index - 7] + second;
}

function mixBlock(state, words) {
  let [a, b, c, d, e, f, g, h] = state;
  for (let index = 0; index < 64; index += 1) {
    const one = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
    const choice = (e & f) ^ (~e & g);
    const here = (h + one + choice + ROOTS[index] + words[index]) | 0;
    const two = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + here) | 0, c, b, a, (here + two + majority) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, index) => (state[index] += word));
}

const turn = (word, by) => (word >>> by) | (word << (32 - by));

/** The first 32 bits behind the point of the roots of the first primes. */
const PRIMES = primes(64);
const START = Uint32Array.from(PRIMES.slice(0, 8), (prime) => bitsOf(Math.sqrt(prime)));
const ROOTS = Uint32Array.from(PRIMES, (prime) => bitsOf(Math.cbrt(prime)));

function bitsOf(root) {
  return Math.floor((root % 1) * 2 ** 32);
}

function primes(count) {
  const found = [];
  for (let number = 2; found.length < count; number += 1)
    if (found.every((prime) => number % prime !== 0)) found.push(number);
  return found;
}
