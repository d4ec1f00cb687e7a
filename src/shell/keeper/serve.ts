import { chmodSync } from "node:fs";
import net from "node:net";
import { errorCode } from "../../lib/error-code.ts";
import { Fault } from "../../model/failure.ts";
import { lineReader, PROTOCOL, toLine, type Line, type Reply, type Request } from "./protocol.ts";

export type Answer = (request: Request, signal: AbortSignal) => Promise<unknown>;

/** Listens on a socket in a folder that only this user may enter, and answers each line. */
export async function serve(path: string, answer: Answer) {
  const open = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    // A client that was killed takes nothing with it.
    socket.on("error", () => socket.destroy());
    attend(socket, answer);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  chmodSync(path, 0o600);
  const close = () => {
    server.close();
    for (const socket of open) socket.destroy();
  };
  return { connections: () => open.size, close };
}

type Asked = Extract<Line, { request: Request }>;

function attend(socket: net.Socket, answer: Answer): void {
  const cancels = new Map<number, AbortController>();
  const respond = async (line: Asked, signal: AbortSignal) => {
    const text = toLine(await reply(line, answer, signal));
    cancels.delete(line.id);
    if (!socket.destroyed) socket.write(text);
  };
  const read = lineReader((value) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the other end is this program, of the same user
    const line = value as Line;
    if ("cancel" in line) return cancels.get(line.id)?.abort();
    const cancel = new AbortController();
    cancels.set(line.id, cancel);
    void respond(line, cancel.signal);
  });
  socket.on("data", (chunk: Buffer) => {
    if (!read(chunk)) socket.destroy();
  });
}

async function reply(line: Asked, answer: Answer, signal: AbortSignal): Promise<Reply> {
  const { id, request, protocol } = line;
  try {
    if (protocol !== PROTOCOL) throw otherVersion();
    return { id, value: (await answer(request, signal)) ?? null };
  } catch (error) {
    if (error instanceof Fault) return { id, failure: error.failure };
    const failure = ofTheDisk(error);
    return failure === undefined ? { id, mistake: stackOf(error) } : { id, failure };
  }
}

function otherVersion(): Fault {
  return new Fault({
    code: "keeper-other-version",
    what: `The keeper of this folder (process ${process.pid}) belongs to another version of Seaworthy and still has something to keep.`,
    fix: "Let what it keeps end, or stop the services with the version that started them; then try again.",
  });
}

/** What the file system refuses is no mistake of ours. */
function ofTheDisk(error: unknown) {
  const code = errorCode(error);
  if (
    !(error instanceof Error) ||
    code === undefined ||
    !["ENOSPC", "EDQUOT", "EIO", "EROFS", "EACCES", "EMFILE", "ENFILE"].includes(code)
  )
    return undefined;
  return {
    code: "receipt-unwritable",
    what: `The outcome of a command or service can't be written down: ${error.message}.`,
    fix: "Make the disk writable and give it space; then ask again, nothing is started twice.",
  };
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
