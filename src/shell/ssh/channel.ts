import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import type { Limits } from "../../ports/shell.ts";
import { enders } from "../enders.ts";
import { endGroup } from "../group.ts";
import { lastBytes, textOf } from "../last-bytes.ts";
import { launch, type Launch } from "../launch.ts";
import { openFrames } from "./frames.ts";
import { closeOf, noSsh, ON_THE_WAY, type Ears, type Spoken } from "./speak.ts";
import type { SshWorld } from "./world.ts";

const PATIENCE_MS = 2000;

/** One request over a channel. */
export interface Request {
  readonly nonce: string;
  /** What the script on the host is asked, of letters without blanks. */
  readonly words: readonly (string | number)[];
  /** What it is told after its words. */
  readonly told: string;
  readonly question: Ears;
}

/** One ssh session in which a host's script answers one request after another: most of what they would cost is the session. */
export interface Channel {
  /** Whether a request can be put now; otherwise it takes a session of its own. */
  isFree(): boolean;
  /** With the nonce by which the host knows the session. */
  ask(
    request: Request,
    limits: Limits,
  ): Promise<{ readonly spoke: Spoken; readonly nonce: string }>;
  /** What is asked at this moment is answered first, or ends with its connection. */
  close(): void;
}

/** Nothing is started before the first request; after a break the next one starts anew. */
export function openChannel(
  start: (nonce: string) => Launch,
  world: Pick<SshWorld, "leash">,
): Channel {
  let session: Session | undefined;
  let isBusy = false;
  let isLeft = false;
  const leave = () => {
    session?.close();
    session = undefined;
    isLeft = false;
  };
  return {
    isFree: () => !isBusy,
    async ask(request, limits) {
      isBusy = true;
      try {
        if (session?.isOpen() !== true) {
          const nonce = randomBytes(16).toString("hex");
          session = { nonce, ...(await begin(start(nonce), world)) };
        }
        const mine = session;
        return { spoke: await mine.ask(request, limits), nonce: mine.nonce };
      } finally {
        isBusy = false;
        if (isLeft) leave();
      }
    },
    close() {
      isLeft = true;
      if (!isBusy) leave();
    },
  };
}

interface Session {
  readonly nonce: string;
  isOpen(): boolean;
  ask(request: Request, limits: Limits): Promise<Spoken>;
  close(): void;
}

async function begin(
  what: Launch,
  { leash }: Pick<SshWorld, "leash">,
): Promise<Omit<Session, "nonce">> {
  const { child, pid, ended } = launch(what, ["pipe", "pipe"], "fed");
  if (!child || pid === undefined) throw noSsh(await ended);
  leash.tie(pid);
  let isOpen = true;
  const closed = closeOf(child).then(() => {
    isOpen = false;
    leash.untie(pid);
    return "closed" as const;
  });
  const hearing = hearingOf(child);
  hold(child, false);
  return {
    isOpen: () => isOpen,
    close() {
      isOpen = false;
      child.stdin?.end();
    },
    async ask(request, limits) {
      hold(child, true);
      const stop = enders(limits);
      try {
        const heard = hearing.put(request);
        const first = await Promise.race([heard.over, closed, stop.wanted]);
        if (first === "over") return heard.spoken();
        // What was said before a break may lack its end.
        if (first === "closed") return { ended: await ended, said: heard.said() };
        isOpen = false;
        await endGroup(pid, PATIENCE_MS);
        return { ended: first, stopped: first, said: heard.said() };
      } finally {
        hearing.end();
        stop.clear();
        hold(child, false);
      }
    },
  };
}

/** What comes belongs to the request that was put last. */
function hearingOf({ stdin, stdout, stderr }: ChildProcess) {
  let hearing: ReturnType<typeof listen> | undefined;
  stdout?.on("data", (chunk: Buffer) => hearing?.out(chunk));
  stderr?.on("data", (chunk: Buffer) => hearing?.err(chunk));
  return {
    put(request: Request) {
      const { nonce, words, told } = request;
      const heard = listen(request);
      hearing = heard;
      stdin?.write(`${[nonce, ...words].join(" ")}\n${told}`);
      return heard;
    },
    end() {
      hearing = undefined;
    },
  };
}

/** Takes what comes apart: what the command says, the script's answers, and that it is over. */
function listen({ nonce, question }: Request) {
  const said = lastBytes(8 * 1024);
  const over = Promise.withResolvers<"over">();
  let last: string | undefined;
  let left = 2;
  const half = () => {
    left--;
    if (left === 0) over.resolve("over");
  };
  const stdout = openFrames(nonce, half);
  const stderr = openFrames(nonce, (words) => {
    if (words === "over") return half();
    if (ON_THE_WAY.test(words)) return question.note?.(words);
    last = words;
  });
  const text = () => textOf(said.bytes());
  return {
    out(chunk: Uint8Array) {
      const plain = stdout.push(chunk);
      if (plain.length > 0) question.out?.(plain);
    },
    err(chunk: Uint8Array) {
      const plain = stderr.push(chunk);
      said.push(plain);
      if (plain.length > 0) question.err?.(plain);
    },
    over: over.promise,
    said: text,
    spoken: (): Spoken => ({
      ...(last !== undefined && { last }),
      ended: { how: "exit", code: 0 },
      said: text(),
    }),
  };
}

/** An idle session keeps nobody from ending. */
function hold(child: ChildProcess, isHeld: boolean): void {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- pipes of a child are sockets
  const all = [child, child.stdin, child.stdout, child.stderr] as readonly (
    | ChildProcess
    | Socket
    | null
  )[];
  for (const each of all)
    if (isHeld) each?.ref();
    else each?.unref();
}
