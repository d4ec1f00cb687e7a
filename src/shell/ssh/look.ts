import type { Finished, Shell } from "../../ports/shell.ts";
import { TAIL_BYTES } from "../follow.ts";
import { LAST_PIECE, pieceHead } from "../framed.ts";
import { lastBytes, textOf } from "../last-bytes.ts";
import type { Launch } from "../launch.ts";
import { endedBy } from "./ended.ts";
import { hostOf, type Line, type Question } from "./line.ts";
import { persist } from "./persist.ts";
import { shellText, unspeakable } from "./quote.ts";
import { seeOff } from "./see-off.ts";
import { refuseFenced, unusable } from "./trouble.ts";

/** A command for a host; without a folder it begins in the user's home. */
export type HostCommand = Omit<Launch, "cwd"> & { readonly cwd?: string };

type LookLimits = Parameters<Shell["look"]>[1] & { readonly maxBytes: number };
type Looked = Awaited<ReturnType<Shell["look"]>>;

/** It waits in a variable of a shell. */
const MOST_SHARED_STDIN = 64 * 1024;

/** How long a host that was there may be away. */
export const PATIENCE_MS = 60_000;

/** Runs a command on the host that ends when we end. One that has said nothing yet is begun again when the connection breaks. */
export async function lookThere(
  line: Line,
  command: HostCommand,
  limits: LookLimits,
): Promise<Looked> {
  const { clock } = line.world;
  const began = clock.monotonic();
  const since = () => Math.round(clock.monotonic() - began);
  const refusal = unspeakable(command);
  if (limits.signal?.aborted === true) return nothing({ how: "cancelled" });
  if (refusal !== undefined) return nothing({ how: "not-started", why: refusal });
  let saying = listen(line, limits);
  const isFed = (command.stdin ?? "") !== "";
  const { words, head } = lookFor(line, command, { ...limits, isFed });
  const shared = limits.leavesNothing && sharedLook({ words, head }, command);
  const told = await persist(
    line,
    () => {
      saying = listen(line, limits);
      return {
        words,
        input: head + wholeStdin(command),
        isWatched: true,
        ...(shared && { shared }),
        out: saying.out,
        err: saying.err,
      };
    },
    {
      ...limits,
      patienceMs: PATIENCE_MS,
      mayRepeat: () => limits.hear === undefined || !saying.hasSpoken(),
    },
  );
  if (told.is === "given up" && told.nonce !== undefined) await seeOff(line, told.nonce);
  const { stdout, tail } = saying.over();
  const ended = told.is === "given up" ? told.how : endOf(line, told.words);
  return { ended, stdout, tail, durationMs: since() };
}

/** What stdin begins with, from which the script on the host learns what to start, and its length in bytes. */
export function header(command: HostCommand): { readonly text: string; readonly bytes: number } {
  const text = shellText(command);
  return { text, bytes: Buffer.byteLength(text) };
}

/** What the script on the host is asked for such a command, and what stdin begins with. */
export function lookFor(
  line: Line,
  command: HostCommand,
  { timeoutMs, isFed }: { readonly timeoutMs: number; readonly isFed: boolean },
) {
  const { text, bytes } = header(command);
  const seconds = Math.ceil(timeoutMs / 1000) + 60;
  const feeding = isFed ? "fed" : "unfed";
  return { words: ["look", seconds, ...line.world.fence, bytes, feeding] as const, head: text };
}

/** The same where many share a session; what it reads comes whole, or not at all. */
function sharedLook(
  { words: [...words], head }: ReturnType<typeof lookFor>,
  { stdin = "" }: HostCommand,
): Question["shared"] | false {
  if (stdin === "") return { words, told: head };
  if (stdin.length > MOST_SHARED_STDIN) return false;
  const coded = Buffer.from(stdin).toString("base64");
  return { words: [...words.slice(0, -1), coded.length], told: head + coded };
}

/** All that it reads, as the script on the host takes it. */
export function wholeStdin({ stdin = "" }: HostCommand): string {
  const head = stdin === "" ? "" : pieceHead(Buffer.byteLength(stdin));
  return `${head}${stdin}${LAST_PIECE}`;
}

function endOf(line: Line, words: string): Finished["ended"] {
  refuseFenced(line, words);
  const ended = endedBy(words);
  if (!ended) throw unusable(hostOf(line), words.replace(/^stuck /, ""));
  return ended.how === "not-started" ? { ...ended, why: line.world.mask.text(ended.why) } : ended;
}

function nothing(ended: Finished["ended"]): Looked {
  return { ended, tail: "", stdout: "", durationMs: 0 };
}

/** Masks both streams, keeps the first bytes of stdout and the last of all. */
function listen({ world: { mask } }: Line, { maxBytes, hear }: LookLimits) {
  const tail = lastBytes(TAIL_BYTES);
  const [out, err] = [mask.stream(), mask.stream()];
  const kept: Uint8Array[] = [];
  let room = maxBytes;
  let dropped = 0;
  let spoken = false;
  const all = (bytes: Uint8Array) => {
    if (bytes.length === 0) return;
    spoken = true;
    tail.push(bytes);
    hear?.(bytes);
  };
  const keep = (bytes: Uint8Array) => {
    const head = bytes.subarray(0, room);
    room -= head.length;
    dropped += bytes.length - head.length;
    // A view of a pooled buffer would be written over.
    if (head.length > 0) kept.push(Uint8Array.from(head));
    all(bytes);
  };
  return {
    out: (chunk: Uint8Array) => keep(out.push(chunk)),
    err: (chunk: Uint8Array) => all(err.push(chunk)),
    hasSpoken: () => spoken,
    over() {
      keep(out.flush());
      all(err.flush());
      if (dropped > 0)
        tail.push(Buffer.from(`\n[truncated: ${dropped} more bytes of stdout were not kept]\n`));
      return { stdout: Buffer.concat(kept).toString("utf8"), tail: textOf(tail.bytes()) };
    },
  };
}
