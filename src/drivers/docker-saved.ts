import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, open, rm, type FileHandle } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { Fault } from "../model/failure.ts";
import type { Act } from "../ports/driver.ts";
import { bytesOf, entriesOf, type Entry } from "./docker-tar.ts";
import { isFine, trouble } from "./docker-trouble.ts";
import type { Command, Shell } from "../ports/shell.ts";

/** What `docker save` wrote of some images, in a file that is gone when this is disposed. */
export interface Saved extends AsyncDisposable {
  /** Size of the whole. */
  readonly bytes: number;
  readonly file: FileHandle;
  readonly path: string;
  readonly images: readonly SavedImage[];
  /** Every entry of the archive itself. */
  readonly entries: readonly Entry[];
}

export interface SavedImage {
  /** `sha256:…`. */
  readonly id: string;
  /** The settings, as JSON text. */
  readonly config: string;
  readonly layers: readonly SavedLayer[];
}

/** A layer as a tar archive, uncompressed. */
export interface SavedLayer {
  /** Where its content lies in the archive. */
  readonly name: string;
  /** Digest of its content: the same is the same. */
  readonly diffId: string;
  open(): Promise<{ readonly file: FileHandle; readonly start: number; readonly end: number }>;
}

/** Where images are saved, and with which docker. */
export interface Saving {
  readonly docker: { command(args: readonly string[]): Command };
  readonly shell: Pick<Shell, "stream">;
  /** Absolute folder of our own. */
  readonly folder: string;
}

/** Saves images, by id or name, into a file of our own, and reads what is where in it. */
export async function save(reach: Saving, images: readonly string[], act: Act): Promise<Saved> {
  await mkdir(reach.folder, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(path.join(reach.folder, "saved-"));
  const drop = () => rm(folder, { recursive: true, force: true });
  try {
    const at = path.join(folder, "images.tar");
    const { signal, timeoutMs } = act;
    const command = reach.docker.command(["save", ...images]);
    const { from, bytes } = await reach.shell.stream(command, { file: at }, { signal, timeoutMs });
    if (from && !isFine(from)) throw new Fault(trouble(from, `Saving ${images.join(", ")}`));
    const file = await open(at, "r");
    const opened: FileHandle[] = [file];
    const entries: Entry[] = [];
    for await (const entry of entriesOf(file, { start: 0, end: bytes })) entries.push(entry);
    return {
      bytes,
      file,
      path: at,
      entries,
      images: await imagesIn({ file, entries, folder, opened }),
      async [Symbol.asyncDispose]() {
        await Promise.all(opened.map((each) => each.close()));
        await drop();
      },
    };
  } catch (error) {
    await drop();
    throw error;
  }
}

interface Archive {
  readonly file: FileHandle;
  readonly entries: readonly Entry[];
  readonly folder: string;
  readonly opened: FileHandle[];
}

async function imagesIn(archive: Archive): Promise<readonly SavedImage[]> {
  const manifest = await textOf(archive, "manifest.json");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- https://github.com/moby/docker-image-spec: what `docker save` writes
  const list = JSON.parse(manifest) as readonly { Config: string; Layers: readonly string[] }[];
  return Promise.all(
    list.map(async ({ Config, Layers }) => {
      const config = await textOf(archive, Config);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same
      const { rootfs } = JSON.parse(config) as { rootfs: { diff_ids: readonly string[] } };
      return {
        id: `sha256:${path.posix.basename(Config, ".json")}`,
        config,
        layers: Layers.map((name, index) => layerOf(archive, name, rootfs.diff_ids[index] ?? "")),
      };
    }),
  );
}

async function textOf({ file, entries }: Archive, name: string): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bytesOf(file, find(entries, name))) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces).toString("utf8");
}

/** A layer that two images share is kept once, and linked to. */
function find(entries: readonly Entry[], name: string): Entry {
  const entry = entries.find(({ path: at }) => at === name);
  if (entry === undefined)
    throw new Fault({
      code: "saved-unreadable",
      what: `docker saved an image without ${name}.`,
      fix: "Run again; if it stays so, see with `docker save` whether the engine's image is whole.",
    });
  if (entry.type !== "2") return entry;
  return find(entries, path.posix.join(path.posix.dirname(name), entry.link));
}

/** Who reads ahead must own each piece: the next one is read into the same memory. */
async function* copiesOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) yield Buffer.from(piece);
}

function layerOf(archive: Archive, name: string, diffId: string): SavedLayer {
  const { path: real, offset, size } = find(archive.entries, name);
  return {
    name: real,
    diffId,
    async open() {
      const magic = Buffer.alloc(2);
      await archive.file.read(magic, 0, 2, offset);
      if (magic.readUInt16BE(0) !== 0x1f8b)
        return { file: archive.file, start: offset, end: offset + size };
      const plain = path.join(archive.folder, `${archive.opened.length}.tar`);
      const from = Readable.from(copiesOf(bytesOf(archive.file, { offset, size })));
      await pipeline(from, createGunzip(), createWriteStream(plain, { mode: 0o600 }));
      const file = await open(plain, "r");
      archive.opened.push(file);
      return { file, start: 0, end: (await file.stat()).size };
    },
  };
}
