import type { ChildProcess } from "node:child_process";
import { Fault } from "../../model/failure.ts";
import type { Finished, Limits } from "../../ports/shell.ts";
import { enders } from "../enders.ts";
import { GRACE_MS } from "../follow.ts";
import { endGroup } from "../group.ts";
import { lastBytes, textOf } from "../last-bytes.ts";
import { launch, type Launch } from "../launch.ts";
import type { Leash } from "../leash.ts";
import { openFrames } from "./frames.ts";

/** What a question hears and says. */
export interface Ears {
  /** Written to the script's stdin, which is then closed, unless the script watches it. */
  readonly input?: string | undefined;
  readonly isWatched?: true;
  readonly out?: (chunk: Uint8Array) => void;
  /** What the command says on stderr, without the script's own answers. */
  readonly err?: (chunk: Uint8Array) => void;
  /** Every answer but the last. */
  readonly note?: (words: string) => void;
}

export type Stopped = Extract<Finished["ended"], { how: "out-of-time" | "cancelled" }>;

const PATIENCE_MS = 2000;

/** What one ssh process said and how it ended. */
export interface Spoken {
  readonly last?: string;
  readonly ended: Finished["ended"];
  readonly stopped?: Stopped;
  /** The end of what came on stderr beside answers. */
  readonly said: string;
}

/** Words that are on the way to the last one. */
export const ON_THE_WAY = /^(?:begun|dropped \d+)$/;

interface Speech {
  readonly what: Launch;
  readonly question: Ears;
  readonly nonce: string;
}

/** One ssh process from its start to its end, or to the last word of the script. */
export async function speak(
  { what, question, nonce }: Speech,
  limits: Limits,
  { leash }: { readonly leash: Leash },
): Promise<Spoken> {
  const { child, pid, ended } = launch(what, ["pipe", "pipe"], "fed");
  if (!child || pid === undefined) throw noSsh(await ended);
  leash.tie(pid);
  const said = lastBytes(8 * 1024);
  const over = Promise.withResolvers<void>();
  let last: string | undefined;
  const frames = openFrames(nonce, (words) => {
    if (ON_THE_WAY.test(words)) return question.note?.(words);
    over.resolve();
    last = words;
  });
  const hear = (chunk: Uint8Array) => {
    said.push(chunk);
    if (chunk.length > 0) question.err?.(chunk);
  };
  const closed = closeOf(child);
  connect(child, question, (chunk) => hear(frames.push(chunk)));
  const stop = enders(limits);
  const all = () => textOf(said.bytes());
  try {
    const first = await Promise.race([closed, over.promise, stop.wanted]);
    if (first && last === undefined) {
      await endGroup(pid, PATIENCE_MS);
      return { ended: first, stopped: first, said: all() };
    }
    await quiet(closed);
    if (!hasEnded(child)) await endGroup(pid, PATIENCE_MS);
    hear(frames.flush());
    return { ...(last !== undefined && { last }), ended: await ended, said: all() };
  } finally {
    stop.clear();
    leash.untie(pid);
    for (const each of [child.stdin, child.stdout, child.stderr]) each?.destroy();
  }
}

function connect(
  child: ChildProcess,
  { input = "", isWatched, out }: Ears,
  err: (chunk: Buffer) => void,
): void {
  child.stdout?.on("data", (chunk: Buffer) => out?.(chunk));
  child.stderr?.on("data", err);
  if (isWatched) child.stdin?.write(input);
  else child.stdin?.end(input);
}

export function closeOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => void child.once("close", () => resolve()));
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** Something that the command left behind may hold its output open. */
async function quiet(closed: Promise<void>): Promise<void> {
  const timer = Promise.withResolvers<void>();
  const handle = setTimeout(() => timer.resolve(), GRACE_MS);
  await Promise.race([closed, timer.promise]);
  clearTimeout(handle);
}

/** Fault `no-ssh`. */
export function noSsh(ended: Finished["ended"]): Fault {
  return new Fault({
    code: "no-ssh",
    what: `The ssh program can't be started: ${ended.how === "not-started" ? ended.why : ended.how}.`,
    fix: "Install OpenSSH's client on this machine: apt-get install openssh-client",
  });
}
