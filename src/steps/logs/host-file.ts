import { cutOff, LONGEST_LINE } from "../../lib/line-pieces.ts";
import { Fault } from "../../model/failure.ts";
import type { LogPiece } from "../../ports/driver.ts";
import type { Host } from "../../ports/host.ts";
import type { Command, Finished } from "../../ports/shell.ts";
import type { Work } from "../../ports/step-kind.ts";
import { LOG_SCRIPT } from "./host-script.ts";
import type { LogsSpec } from "./spec.ts";

/** More of one host's log is not read; what came before it is counted. */
const MOST_BYTES = 256 * 1_048_576;
/** The first line that the script says. */
const LONGEST_HEAD = 100;

type LogsWork = Work<LogsSpec>;

/** Where a host's log ends now: words for its script; undefined when there is none. */
export async function markOnHost(work: LogsWork, name: string): Promise<string | undefined> {
  const { hosts, spec, signal, timeoutMs } = work;
  const host = hosts.host(name);
  const { stdout, ended, tail } = await host.shell.look(asking(["mark", spec.file ?? ""]), {
    timeoutMs,
    signal,
  });
  signal.throwIfAborted();
  const [is, mark] = /^(mark) (\S+ \d+ [0-9a-f]+)\n$/.exec(stdout)?.slice(1) ?? [stdout.trim()];
  if (is === "mark") return mark;
  if (is === "none") return undefined;
  throw unreadable(work, host, { ended, tail });
}

/** What a host's log holds since its mark (undefined: all that is kept), in pieces of whole lines. */
export async function* sinceOnHost(
  work: LogsWork,
  name: string,
  mark: string | undefined,
): AsyncGenerator<LogPiece> {
  const { hosts, spec } = work;
  const host = hosts.host(name);
  const { file = "" } = spec;
  const part = `${name}/${file.slice(file.lastIndexOf("/") + 1)}`;
  const words =
    mark === undefined
      ? ["all", file, String(MOST_BYTES)]
      : ["since", file, String(MOST_BYTES), ...mark.split(" ")];
  const saying = listen(host, asking(words), work);
  const lines = splitter();
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of saying.chunks) {
    let rest = chunk;
    if (head !== undefined) {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf(10);
      if (end < 0 && head.length <= LONGEST_HEAD) continue;
      const lost = lostOf(head.subarray(0, end).toString());
      // Nothing follows; it is heard to its end, so that it ends by itself.
      if (lost === undefined) continue;
      if (lost > 0) yield { part, text: "", lost };
      rest = head.subarray(end + 1);
      head = undefined;
    }
    for (const text of lines.push(rest)) yield { part, text };
  }
  for (const text of lines.end()) yield { part, text };
  const finished = await saying.finished;
  yield* ending(work, host, { finished, part, head });
}

/** What the way in which it ended says. */
function* ending(
  work: LogsWork,
  host: Host,
  { finished, part, head }: { finished: Finished; part: string; head: Buffer | undefined },
): Generator<LogPiece> {
  const { ended } = finished;
  work.signal.throwIfAborted();
  if (ended.how === "exit" && ended.code === 4) return yield { part, text: "", lost: 1 };
  if (ended.how !== "exit" || ended.code !== 0) throw unreadable(work, host, finished);
  // One that is waited for may not be there yet.
  if (head !== undefined && work.spec.within === undefined) throw missing(work, host);
}

/** Bytes that are lost, as the script's first line says; undefined when there is no log. */
function lostOf(head: string): number | undefined {
  const lost = /^from (\d+)$/.exec(head)?.[1];
  return lost === undefined ? undefined : Number(lost);
}

function asking(words: readonly string[]): Command {
  return { argv: ["sh", "-c", LOG_SCRIPT, "log", ...words] };
}

/** A command's words as they come; it ends when nobody hears it any more. */
function listen(host: Host, command: Command, { signal, timeoutMs }: LogsWork) {
  const enough = new AbortController();
  const queue: Buffer[] = [];
  let woken = Promise.withResolvers<void>();
  let isOver = false;
  const finished = host.shell.look(command, {
    timeoutMs,
    signal: AbortSignal.any([signal, enough.signal]),
    maxBytes: LONGEST_HEAD,
    hear(bytes) {
      queue.push(Buffer.from(bytes));
      woken.resolve();
    },
  });
  const over = () => {
    isOver = true;
    woken.resolve();
  };
  finished.then(over, over);
  async function* chunks(): AsyncGenerator<Buffer> {
    try {
      for (;;) {
        const next = queue.shift();
        if (next !== undefined) yield next;
        else if (isOver) return;
        else {
          await woken.promise;
          woken = Promise.withResolvers();
        }
      }
    } finally {
      if (!isOver) enough.abort();
    }
  }
  return { chunks: chunks(), finished };
}

/** Bytes as they come, as pieces of whole lines. */
function splitter() {
  let held: Buffer = Buffer.alloc(0);
  return {
    *push(chunk: Buffer): Generator<string> {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      for (;;) {
        const window = held.subarray(0, LONGEST_LINE);
        const feed = window.lastIndexOf(10) + 1;
        if (feed === 0 && window.length < LONGEST_LINE) return;
        const end = feed > 0 ? feed : cutOff(window, window.length);
        yield window.toString("utf8", 0, end);
        held = held.subarray(end);
      }
    },
    *end(): Generator<string> {
      if (held.length > 0) yield held.toString();
      held = Buffer.alloc(0);
    },
  };
}

function unreadable(
  { spec }: LogsWork,
  { name, address }: Host,
  { ended, tail }: Pick<Finished, "ended" | "tail">,
): Fault {
  if (ended.how === "exit" && ended.code === 3)
    return new Fault({
      code: "logs-unreadable",
      what: `On ${name} (${address}), ${spec.file} can't be read by who signs in, or is no file.`,
      fix: `Let that user read it, as root on the host: usermod -aG GROUP USER, or setfacl -m u:USER:r ${spec.file}`,
    });
  const how = ended.how === "exit" ? `exit ${ended.code}` : ended.how;
  return new Fault({
    code: "logs-unreadable",
    what: `On ${name} (${address}), ${spec.file} could not be read to its end: ${how}.`,
    fix: "Raise the step's `timeout`, or mark the log later so that there is less to read.",
    ...(tail.trim() !== "" && { detail: tail.trim().slice(-500) }),
  });
}

function missing({ spec }: LogsWork, { name, address }: Host): Fault {
  return new Fault({
    code: "logs-unreadable",
    what: `On ${name} (${address}), there is no ${spec.file}.`,
    fix: "Correct `file`, or see why the application does not write it there.",
  });
}
