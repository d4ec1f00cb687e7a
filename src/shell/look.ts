import type { Readable } from "node:stream";
import type { Mask } from "../lib/mask.ts";
import type { Finished, Limits } from "../ports/shell.ts";
import { endGroup } from "./group.ts";
import { lastBytes, textOf } from "./last-bytes.ts";
import { launch, maskedEnd, type Launch, type Launched } from "./launch.ts";
import { enders } from "./enders.ts";
import type { Leash } from "./leash.ts";

const TAIL_BYTES = 64 * 1024;
const PATIENCE_MS = 5000;
// A grandchild that holds the pipe is not waited for longer than this.
const GRACE_MS = 2000;

interface World {
  readonly mask: Mask;
  readonly leash: Leash;
}

export type Looked = Finished & { readonly stdout: string };

/** Runs a command that ends when we end, and keeps what it says in memory: the first bytes of stdout, the last of everything. */
export async function look(
  what: Launch,
  limits: Limits & { readonly maxBytes: number },
  { mask, leash }: World,
): Promise<Looked> {
  const began = performance.now();
  if (limits.signal?.aborted === true)
    return { ended: { how: "cancelled" }, tail: "", stdout: "", durationMs: 0 };

  const started = launch(what, ["pipe", "pipe"]);
  const saying = listen(started, limits.maxBytes, mask);
  const ended = await endOf(started, limits, leash);
  const durationMs = Math.round(performance.now() - began);
  await saying.over();
  const { stdout, tail } = saying.said();
  return { ended: maskedEnd(ended, mask), tail, stdout, durationMs };
}

/** Waits for the end of the command, and brings it about when the time is up or nobody wants it any more. */
async function endOf(
  { pid, ended }: Launched,
  limits: Limits,
  leash: Leash,
): Promise<Finished["ended"]> {
  if (pid === undefined) return ended;
  leash.tie(pid);
  const stop = enders(limits);
  try {
    const first = await Promise.race([ended, stop.wanted]);
    if (first.how !== "out-of-time" && first.how !== "cancelled") return first;
    await endGroup(pid, PATIENCE_MS);
    return first;
  } finally {
    stop.clear();
    leash.untie(pid);
  }
}

function listen({ child }: Launched, maxBytes: number, mask: Mask) {
  const tail = lastBytes(TAIL_BYTES);
  const out = firstBytes(maxBytes);
  const streams = [
    follow(child?.stdout, mask, (chunk) => (out.push(chunk), tail.push(chunk))),
    follow(child?.stderr, mask, (chunk) => tail.push(chunk)),
  ];
  const over = async () => {
    const timer = setTimeout(() => streams.forEach(({ stream }) => stream?.destroy()), GRACE_MS);
    await Promise.all(streams.map(({ done }) => done));
    clearTimeout(timer);
  };
  const said = () => {
    const { text, dropped } = out.read();
    if (dropped > 0)
      tail.push(Buffer.from(`\n[truncated: ${dropped} more bytes of stdout were not kept]\n`));
    return { stdout: text, tail: textOf(tail.bytes()) };
  };
  return { over, said };
}

function follow(
  stream: Readable | null | undefined,
  mask: Mask,
  take: (chunk: Uint8Array) => void,
) {
  const masked = mask.stream();
  stream?.on("data", (chunk: Uint8Array) => take(masked.push(chunk)));
  const done = new Promise<void>((resolve) => {
    if (stream === null || stream === undefined) return resolve();
    stream.once("close", () => {
      take(masked.flush());
      resolve();
    });
    stream.on("error", () => stream.destroy());
  });
  return { stream, done };
}

function firstBytes(cap: number) {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const push = (chunk: Uint8Array) => {
    if (length < cap && chunk.length > 0) chunks.push(chunk.subarray(0, cap - length));
    length += chunk.length;
  };
  const read = () => ({
    text: Buffer.concat(chunks).toString("utf8"),
    dropped: Math.max(0, length - cap),
  });
  return { push, read };
}
