import type { FileHandle } from "node:fs/promises";

/** One entry of a tar archive, and where its content lies in the file. */
export interface Entry {
  readonly path: string;
  /** `0` file, `1` hard link, `2` symbolic link, `5` folder, and other letters of tar's. */
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** When it was changed, in seconds since 1970. */
  readonly changed: number;
  readonly link: string;
  /** Extended attributes, `SCHILY.xattr.…`, in their order. */
  readonly attributes: string;
  /** Major and minor number of a device. */
  readonly device: string;
  /** Where its headers begin. */
  readonly start: number;
  readonly offset: number;
}

const BLOCK = 512;

/** Reads the entries of a tar archive that lies in a file from `start` to `end`, without their content. */
export async function* entriesOf(
  file: FileHandle,
  { start, end }: { readonly start: number; readonly end: number },
): AsyncGenerator<Entry> {
  const block = Buffer.alloc(BLOCK);
  let at = start;
  let begin = start;
  let next: Readonly<Record<string, string>> = {};
  while (at + BLOCK <= end) {
    await file.read(block, 0, BLOCK, at);
    const header = read(block);
    if (header === undefined) return;
    const { type } = header;
    const size = next["size"] === undefined ? header.size : Number(next["size"]);
    const offset = at + BLOCK;
    at = offset + Math.ceil(size / BLOCK) * BLOCK;
    if (type === "x" || type === "g" || type === "L" || type === "K") {
      const bytes = Buffer.alloc(size);
      await file.read(bytes, 0, size, offset);
      if (type !== "g") next = { ...next, ...wordsOf(type, bytes) };
      continue;
    }
    yield { ...named(header, next), size, start: begin, offset };
    begin = at;
    next = {};
  }
}

/** What was said ahead of an entry stands above its own header. */
function named(header: Omit<Entry, "offset" | "start">, next: Readonly<Record<string, string>>) {
  const attributes = Object.entries(next)
    .filter(([key]) => key.startsWith("SCHILY.xattr."))
    .map(([key, value]) => `${key}=${value}`)
    .toSorted()
    .join("\n");
  return {
    ...header,
    path: next["path"] ?? header.path,
    link: next["linkpath"] ?? header.link,
    uid: Number(next["uid"] ?? header.uid),
    gid: Number(next["gid"] ?? header.gid),
    changed: Number(next["mtime"] ?? header.changed),
    attributes,
  };
}

function read(block: Buffer): Omit<Entry, "offset" | "start"> | undefined {
  const text = (from: number, length: number) => {
    const piece = block.subarray(from, from + length);
    const zero = piece.indexOf(0);
    return piece.subarray(0, zero < 0 ? length : zero).toString("utf8");
  };
  const number = (from: number, length: number) => {
    // Numbers that octal digits can't hold are written in base 256.
    if ((block[from] ?? 0) & 0x80)
      return block.subarray(from + 1, from + length).reduce((sum, byte) => sum * 256 + byte, 0);
    return Number.parseInt(text(from, length).trim() || "0", 8);
  };
  if (block[0] === 0) return undefined;
  const prefix = text(257, 5) === "ustar" ? text(345, 155) : "";
  const name = text(0, 100);
  const type = text(156, 1);
  return {
    path: prefix === "" ? name : `${prefix}/${name}`,
    type: type === "" ? "0" : type,
    mode: number(100, 8) & 0o7777,
    uid: number(108, 8),
    gid: number(116, 8),
    size: number(124, 12),
    changed: number(136, 12),
    link: text(157, 100),
    attributes: "",
    device: type === "3" || type === "4" ? `${number(329, 8)},${number(337, 8)}` : "",
  };
}

/** A pax header's `length key=value` lines, or GNU's long names. */
function wordsOf(type: string, bytes: Buffer): Record<string, string> {
  if (type !== "x") {
    const text = bytes.toString("utf8").replace(/\0+$/, "");
    return type === "L" ? { path: text } : { linkpath: text };
  }
  const words: Record<string, string> = {};
  let at = 0;
  while (at < bytes.length) {
    const space = bytes.indexOf(0x20, at);
    const length = Number(bytes.subarray(at, space).toString());
    if (space < 0 || !(length > 0)) break;
    const line = bytes.subarray(space + 1, at + length - 1);
    const equals = line.indexOf(0x3d);
    words[line.subarray(0, equals).toString()] = line.subarray(equals + 1).toString();
    at += length;
  }
  return words;
}

/** The bytes of a piece of a file. */
export async function* bytesOf(
  file: FileHandle,
  { offset, size }: { readonly offset: number; readonly size: number },
): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.alloc(Math.max(1, Math.min(size, 1024 * 1024)));
  for (let done = 0; done < size;) {
    const { bytesRead } = await file.read(
      buffer,
      0,
      Math.min(buffer.length, size - done),
      offset + done,
    );
    if (bytesRead === 0) return;
    done += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
