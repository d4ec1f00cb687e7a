import type { Mask } from "../lib/mask.ts";
import type { Finished, Limits } from "../ports/shell.ts";
import { endGroup } from "./group.ts";
import { lastBytes, textOf } from "./last-bytes.ts";
import { launch, maskedEnd, type Launch, type Launched } from "./launch.ts";
import { enders } from "./enders.ts";
import { follow, GRACE_MS, TAIL_BYTES } from "./follow.ts";
import type { Leash } from "./leash.ts";

const PATIENCE_MS = 5000;

interface World {
  readonly mask: Mask;
  readonly leash: Leash;
}

export type Looked = Finished & { readonly stdout: string };

/** Runs a command that ends when we end, and keeps what it says in memory: the first bytes of stdout, the last of everything. */
export async function look(
  what: Launch,
  limits: Limits & { readonly maxBytes: number; readonly hear?: (bytes: Uint8Array) => void },
  { mask, leash }: World,
): Promise<Looked> {
  const began = performance.now();
  if (limits.signal?.aborted === true)
    return { ended: { how: "cancelled" }, tail: "", stdout: "", durationMs: 0 };

  const started = launch(what, ["pipe", "pipe"]);
  const saying = listen(started, limits, mask);
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

function listen(
  { child }: Launched,
  { maxBytes, hear = () => undefined }: { maxBytes: number; hear?: (bytes: Uint8Array) => void },
  mask: Mask,
) {
  const tail = lastBytes(TAIL_BYTES);
  const out = firstBytes(maxBytes);
  const streams = [
    follow(child?.stdout, mask, (chunk) => (out.push(chunk), tail.push(chunk), hear(chunk))),
    follow(child?.stderr, mask, (chunk) => (tail.push(chunk), hear(chunk))),
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
