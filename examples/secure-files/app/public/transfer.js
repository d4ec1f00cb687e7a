import { sha256 } from "./sha256.js";

/** Over how long the speed is measured. */
const WINDOW_MS = 1000;
const PIECE = 64 * 1024;

/**
 * One file on its way. It can be paused, and goes on from the byte at which it stopped, by a request with `Range`.
 *
 * `limit` is bytes per second, 0 for none; `tell` hears of every change.
 */
export function createTransfer({ url, token, limit, tell }) {
  const pieces = [];
  let [received, about, stop] = [0, undefined, undefined];
  const say = (state, more = {}) => tell({ state, received, total: about?.total, ...more });

  async function run() {
    stop = new AbortController();
    const { signal } = stop;
    const speed = createSpeed();
    say("running");
    try {
      const response = await ask({ url, token, received, about, signal });
      about = describe(response, received);
      for await (const piece of slowly(response.body, limit, signal)) {
        pieces.push(piece);
        received += piece.length;
        say("running", { speed: speed(received) });
      }
      if (received !== about.total) throw new Error(`The file ended after ${received} bytes.`);
      say("complete", { file: await finish(pieces, about) });
    } catch (error) {
      if (signal.aborted) say("paused");
      else say("failed", { problem: error.message });
    }
  }

  return { run, pause: () => stop?.abort() };
}

async function ask({ url, token, received, about, signal }) {
  const headers = { authorization: `Bearer ${token}` };
  if (received > 0) Object.assign(headers, { range: `bytes=${received}-`, "if-range": about.tag });
  const response = await fetch(url, { headers, signal, cache: "no-store" });
  if (!response.ok) throw new Error(`${response.status}: ${(await response.json()).detail}`);
  return response;
}

/** What the answer's headers say about the file; throws when it does not go on where the last one stopped. */
function describe({ headers }, received) {
  const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers.get("content-range") ?? "");
  if (received > 0 && Number(range?.[1]) !== received)
    throw new Error("The server does not go on from where it stopped. Start again.");
  return {
    total: Number(range?.[2] ?? headers.get("content-length")),
    tag: headers.get("etag"),
    sha256: headers.get("x-content-sha256"),
    name: nameIn(headers.get("content-disposition") ?? ""),
  };
}

async function finish(pieces, about) {
  const blob = new Blob(pieces, { type: "application/octet-stream" });
  const digest = await sha256(new Uint8Array(await blob.arrayBuffer()));
  return { blob, name: about.name, sha256: digest, isWhole: digest === about.sha256 };
}

/** The pieces of a body, no faster than the limit: what is not read yet is not sent either. */
async function* slowly(body, limit, signal) {
  for await (const all of body) {
    for (let at = 0; at < all.length; at += PIECE) {
      const piece = all.subarray(at, at + PIECE);
      const rate = limit();
      if (rate > 0) await new Promise((go) => setTimeout(go, (piece.length / rate) * 1000));
      signal.throwIfAborted();
      yield piece;
    }
  }
}

/** Bytes per second over the last moments. */
function createSpeed() {
  const seen = [];
  return (received) => {
    const now = performance.now();
    seen.push({ now, received });
    while (seen.length > 2 && now - seen[0].now > WINDOW_MS) seen.shift();
    const ms = now - seen[0].now;
    return ms > 0 ? ((received - seen[0].received) / ms) * 1000 : 0;
  };
}

function nameIn(disposition) {
  const encoded = /filename\*=UTF-8''([^;]+)/.exec(disposition)?.[1];
  return encoded ? decodeURIComponent(encoded) : "download";
}
