import { createCipheriv, createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { open, stat } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { fileTrouble } from "../lib/file-trouble.ts";
import { giveBack } from "../lib/give-back.ts";
import { Fault } from "../model/failure.ts";
import { wrongName } from "./scratch-name.ts";
import { openSink } from "./sink.ts";
import type { Sink } from "./sink.ts";

/** What is in a file. */
export interface Content {
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** The working files of one execution: made data, downloads, what was joined of them. */
export interface Scratch {
  /** Absolute path of a working file, whether it is there or not. Fault `scratch-wrong-name`. */
  place(name: string): string;
  /** Absolute path of a file to read: a working file, else one of the project. Fault `scratch-no-file`. */
  find(name: string): string;
  /** Begins a working file anew; what it held is gone. */
  begin(name: string): Promise<Sink>;
  /** Writes data that can't be compressed, the same for the same seed. */
  make(name: string, data: { readonly bytes: number; readonly seed: string }): Promise<Content>;
  /** Writes the files one after another into a working file. */
  join(names: readonly string[], into: string): Promise<Content>;
  digest(name: string): Promise<Content>;
}

export interface ScratchOptions {
  /** Absolute path of a file of the project; undefined when there is none. */
  readonly fixture?: (path: string) => string | undefined;
  readonly signal?: AbortSignal;
}

const CHUNK = 1_048_576;

/** The working files in a folder, which is made when the first of them is written. */
export function openScratch(
  folder: string,
  { fixture = () => undefined, signal }: ScratchOptions = {},
): Scratch {
  const place = (name: string) => placeIn(folder, name);
  const find = (name: string) => {
    const path = wrongName(name) === undefined ? place(name) : undefined;
    const found = path !== undefined && existsSync(path) ? path : fixture(name);
    if (found === undefined) throw noFile(name);
    return found;
  };
  const begin = async (name: string) => beginFile(place(name), name);
  return {
    place,
    find,
    begin,
    make: async (name, data) => fill(await begin(name), madeData(data, signal)),
    join: async (names, into) => {
      const paths = names.map(find);
      if (paths.includes(place(into))) throw joinsItself(into);
      return fill(await begin(into), contentOf(paths, signal));
    },
    digest: (name) => fill(undefined, contentOf([find(name)], signal)),
  };
}

function placeIn(folder: string, name: string): string {
  const why = wrongName(name);
  if (why === undefined) return join(folder, name);
  throw new Fault({
    code: "scratch-wrong-name",
    what: `"${name}" cannot be the name of a working file: ${why}.`,
    fix: "Use a name such as half.bin or parts/1.bin.",
  });
}

function noFile(name: string): Fault {
  return new Fault({
    code: "scratch-no-file",
    what: `There is no file ${name}: no step made or downloaded it, and none lies beside the scenario.`,
    fix: "Correct the name, or make the file in a step before.",
  });
}

function joinsItself(name: string): Fault {
  return new Fault({
    code: "scratch-joins-itself",
    what: `${name} cannot be joined into itself.`,
    fix: "Join into a file of another name.",
  });
}

async function beginFile(path: string, name: string): Promise<Sink> {
  const sink = await orFault(name, () => openSink(path));
  return {
    write: (chunk) => orFault(name, () => sink.write(chunk)),
    close: () => orFault(name, () => sink.close()),
  };
}

/** What the file system refuses, in words; it is not the release's fault. */
async function orFault<T>(name: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const trouble = fileTrouble(error);
    if (trouble === undefined) throw error;
    throw new Fault(
      {
        code: "scratch-unwritable",
        what: `The working file ${name} can't be written: ${trouble.why}.`,
        fix: "Free space where working files lie, or ask for less.",
      },
      { cause: error },
    );
  }
}

/** Writes all of it, and says what it was. */
async function fill(sink: Sink | undefined, chunks: AsyncIterable<Uint8Array>): Promise<Content> {
  const hash = createHash("sha256");
  let bytes = 0;
  try {
    for await (const chunk of chunks) {
      hash.update(chunk);
      bytes += chunk.length;
      await sink?.write(chunk);
    }
  } finally {
    await sink?.close();
  }
  return { bytes, sha256: hash.digest("hex") };
}

/** A key stream is as good as chance for everybody who wants to compress it, and comes at the speed of the disk. */
async function* madeData(
  { bytes, seed }: { readonly bytes: number; readonly seed: string },
  signal: AbortSignal | undefined,
): AsyncIterable<Uint8Array> {
  const key = createHash("sha256").update(seed).digest();
  const stream = createCipheriv("aes-256-ctr", key, Buffer.alloc(16));
  const zeros = Buffer.alloc(CHUNK);
  for (let left = bytes; left > 0; left -= CHUNK) {
    signal?.throwIfAborted();
    const chunk = stream.update(zeros.subarray(0, Math.min(left, CHUNK)));
    yield chunk;
    giveBack(chunk);
  }
}

async function* contentOf(
  paths: readonly string[],
  signal: AbortSignal | undefined,
): AsyncIterable<Uint8Array> {
  const buffer = Buffer.alloc(CHUNK);
  for (const path of paths) {
    await using handle = await openToRead(path);
    for (;;) {
      signal?.throwIfAborted();
      const { bytesRead } = await handle.read(buffer, 0, CHUNK);
      if (bytesRead === 0) break;
      yield buffer.subarray(0, bytesRead);
    }
  }
}

async function openToRead(path: string): Promise<FileHandle> {
  try {
    if ((await stat(path)).isFile()) return await open(path, "r");
  } catch (error) {
    if (fileTrouble(error) === undefined) throw error;
  }
  throw noFile(path);
}
