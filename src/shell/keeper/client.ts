import { existsSync } from "node:fs";
import type net from "node:net";
import path from "node:path";
import { Fault } from "../../model/failure.ts";
import type { Clock } from "../../ports/clock.ts";
import {
  lineReader,
  MAX_LINE_BYTES,
  PROTOCOL,
  toLine,
  type Reply,
  type Request,
} from "./protocol.ts";
import { reach, type KeeperStart } from "./reach.ts";

/** A line to the keeper, opened when it is first needed and again when it broke. */
export interface Keeper {
  /** Sends a request; it may be sent again to a new keeper, so each must mean the same twice. */
  ask(request: Request, limits: Waiting): Promise<unknown>;
  /** Whether the folder ever had a keeper; without one nothing was started, and looking need not start it. */
  wasEver(): boolean;
  close(): void;
}

export interface Waiting {
  /** After this the keeper itself counts as stuck. */
  readonly withinMs: number;
  readonly signal?: AbortSignal | undefined;
}

const TRIES = 4;
/** The keeper went away with our question. */
const DROPPED = Symbol("dropped");

/** Opens nothing yet. */
export function openKeeper(start: KeeperStart & { readonly clock: Clock }): Keeper {
  let line: Promise<KeeperLine> | undefined;
  let isClosed = false;
  const open = () => {
    line ??= reach(start).then((socket) => talk(socket, start.clock, () => (line = undefined)));
    line.catch(() => (line = undefined));
    return line;
  };
  const ask = async (request: Request, waiting: Waiting): Promise<unknown> => {
    for (let tries = 0; tries < TRIES; tries++) {
      const answer = await (await open()).ask(request, waiting);
      if (answer !== DROPPED) return answer;
      if (isClosed) throw closed();
    }
    throw gone(start.folder);
  };
  const close = () => {
    isClosed = true;
    void line?.then((opened) => opened.close()).catch(() => undefined);
    line = undefined;
  };
  // A keeper makes its receipts' folder before it answers anybody.
  const wasEver = () => existsSync(path.join(start.folder, "receipts"));
  return { ask, wasEver, close };
}

type KeeperLine = ReturnType<typeof talk>;

function talk(socket: net.Socket, clock: Clock, onClose: () => void) {
  const waiting = new Map<number, (reply: Reply | typeof DROPPED) => void>();
  let count = 0;
  const read = lineReader((value) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the other end is this program, of the same user
    const reply = value as Reply;
    waiting.get(reply.id)?.(reply);
  });
  socket.on("data", (chunk: Buffer) => read(chunk));
  socket.on("error", () => socket.destroy());
  socket.once("close", () => {
    onClose();
    for (const settle of waiting.values()) settle(DROPPED);
  });
  // An idle line shall not keep a program alive that forgot to close it.
  socket.unref();

  const ask = async (request: Request, { withinMs, signal }: Waiting): Promise<unknown> => {
    const id = ++count;
    const text = toLine({ protocol: PROTOCOL, id, request });
    if (text.length > MAX_LINE_BYTES) throw tooLarge();
    const { promise, resolve } = Promise.withResolvers<Reply | typeof DROPPED | "silent">();
    waiting.set(id, resolve);
    socket.ref();
    if (socket.destroyed) resolve(DROPPED);
    else socket.write(text);
    const cancel = () => socket.write(toLine({ protocol: PROTOCOL, id, cancel: true }));
    signal?.addEventListener("abort", cancel, { once: true });
    // One that has fired already is told to nobody any more.
    if (signal?.aborted === true) cancel();
    const awake = new AbortController();
    void clock.sleep(withinMs, awake.signal).then(() => resolve("silent"));
    try {
      return valueOf(await promise);
    } finally {
      awake.abort();
      signal?.removeEventListener("abort", cancel);
      waiting.delete(id);
      if (waiting.size === 0) socket.unref();
    }
  };
  return { ask, close: () => socket.destroy() };
}

function valueOf(reply: Reply | typeof DROPPED | "silent"): unknown {
  if (reply === DROPPED) return DROPPED;
  if (reply === "silent") throw silent();
  if ("failure" in reply) throw new Fault(reply.failure);
  if ("mistake" in reply) throw new Error(`In the keeper: ${reply.mistake}`);
  return reply.value;
}

function silent(): Fault {
  return new Fault({
    code: "keeper-silent",
    what: "The keeper, which starts commands, has our question but does not answer it.",
    fix: "See whether the machine or its disk is stuck; then resume, nothing is started twice.",
  });
}

function gone(folder: string): Fault {
  return new Fault({
    code: "keeper-unreachable",
    what: `The keeper of ${folder} ended ${TRIES} times while it was asked something.`,
    fix: `Read keeper.log in ${folder}, then try again.`,
  });
}

function closed(): Fault {
  return new Fault({
    code: "shell-closed",
    what: "We left while a command was still running; it goes on.",
    fix: "Resume the run to learn how it ended.",
  });
}

function tooLarge(): Fault {
  return new Fault({
    code: "command-too-large",
    what: `A command with its stdin and environment is larger than ${MAX_LINE_BYTES / 1024 / 1024} MiB.`,
    fix: "Put the data into a file and let the command read it.",
  });
}
