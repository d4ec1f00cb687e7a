import { open, rename, rm, stat, type FileHandle } from "node:fs/promises";
import path from "node:path";
import type { Writable } from "node:stream";
import { syncFolder } from "../lib/durable-file.ts";
import { fileTrouble } from "../lib/file-trouble.ts";
import { Fault } from "../model/failure.ts";
import type { FileEnd } from "../ports/shell.ts";
import { LAST_PIECE, pieceHead } from "./framed.ts";
import type { Launch } from "./launch.ts";
import { startChild, type Child, type World } from "./stream-child.ts";

const PIECE_BYTES = 256 * 1024;

/** Where bytes come from. */
export interface Source {
  readonly child?: Child;
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Lets no more come. */
  close(): void;
}

/** Where bytes go. */
export interface Sink {
  readonly child?: Child;
  /** Resolves when there is room for more. */
  write(bytes: Uint8Array): Promise<void>;
  /** All has come: a file gets its name, a command the end of its stdin. */
  finish(): Promise<void>;
  /** It was not all: a file is gone again. A command must have ended before, or it would take the half for the whole. */
  drop(): Promise<void>;
}

/** Opens the near end; a command is started. Fault `stream-unreadable`. */
export async function openSource(from: Launch | FileEnd, world: World): Promise<Source> {
  if ("file" in from) {
    const handle = await told("read", from.file, () => open(from.file, "r"));
    return { bytes: piecesOf(handle, from.file), close: () => undefined };
  }
  const child = startChild(from, world);
  return { child, bytes: child.stdout ?? nothing(), close: () => void child.stdout?.destroy() };
}

/** Opens the far end; a command is started, and waits. Fault `stream-unwritable`, `stream-file-there`. */
export async function openSink(to: Launch | FileEnd, world: World): Promise<Sink> {
  if ("file" in to) return openFile(to.file);
  const child = startChild(to, world, "fed");
  return to.isWatched ? framed(child) : plain(child);
}

function plain(child: Child): Sink {
  return {
    child,
    write: (bytes) => give(child.stdin, bytes),
    finish: async () => void child.stdin?.end(),
    drop: async () => void child.stdin?.destroy(),
  };
}

/** Each piece costs the far end a process, so few large ones are made of many small ones. */
const FRAMED_BYTES = 1024 * 1024;

function framed(child: Child): Sink {
  let waiting: Uint8Array[] = [];
  let length = 0;
  const flush = async () => {
    if (length === 0) return;
    const piece = Buffer.concat([Buffer.from(pieceHead(length)), ...waiting]);
    waiting = [];
    length = 0;
    await give(child.stdin, piece);
  };
  return {
    child,
    async write(bytes) {
      // Who reads a file reads the next piece into the same memory.
      waiting.push(Uint8Array.from(bytes));
      length += bytes.length;
      if (length >= FRAMED_BYTES) await flush();
    },
    async finish() {
      await flush();
      await give(child.stdin, Buffer.from(LAST_PIECE));
    },
    drop: async () => void child.stdin?.destroy(),
  };
}

/** Says why a file can't be read or written, in the words of the person whose file it is. */
async function told<T>(deed: "read" | "write", file: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const trouble = fileTrouble(error);
    if (trouble === undefined) throw error;
    throw new Fault(
      {
        code: deed === "read" ? "stream-unreadable" : "stream-unwritable",
        what: `${file} can't be ${deed === "read" ? "read" : "written"}: ${trouble.why}.`,
        fix:
          trouble.code === "ENOSPC" || trouble.code === "EDQUOT"
            ? "Make room there, or write it elsewhere."
            : "See that its folder is there, and that you may use it.",
      },
      { cause: error },
    );
  }
}

async function* piecesOf(handle: FileHandle, file: string): AsyncGenerator<Uint8Array> {
  await using own = handle;
  const buffer = new Uint8Array(PIECE_BYTES);
  for (;;) {
    const { bytesRead } = await told("read", file, () => own.read(buffer));
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

async function openFile(file: string): Promise<Sink> {
  const partial = `${file}.partial`;
  if ((await stat(file).catch(() => undefined)) !== undefined)
    throw new Fault({
      code: "stream-file-there",
      what: `${file} is there already, and nothing is written over it.`,
      fix: "Move it away, or write to another name.",
    });
  // What a crash left there is nobody's.
  await told("write", file, () => rm(partial, { force: true }));
  const handle = await told("write", file, () => open(partial, "wx", 0o600));
  return {
    write: (bytes) => told("write", file, () => handle.appendFile(bytes)),
    finish: () => told("write", file, () => settle(handle, partial, file)),
    async drop() {
      await handle.close();
      await rm(partial, { force: true });
    },
  };
}

async function settle(handle: FileHandle, partial: string, file: string): Promise<void> {
  await handle.sync();
  await handle.close();
  await rename(partial, file);
  await syncFolder(path.dirname(file));
}

function give(stdin: Writable | null | undefined, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    if (!stdin) return reject(new Error("it was not started"));
    stdin.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
