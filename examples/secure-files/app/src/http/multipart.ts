import { Refusal } from "./refusal.ts";

/** The file of a form, its bytes as they arrive. */
export interface Upload {
  readonly name: string;
  readonly bytes: AsyncIterable<Uint8Array>;
}

const MAX_HEAD_BYTES = 16 * 1024;
const END_OF_HEAD = Buffer.from("\r\n\r\n");

/**
 * Finds the one file of a `multipart/form-data` body (RFC 7578) without keeping more of it than a piece.
 *
 * Fields before the file are passed over. What follows the file is read to its end by whoever reads the file to its end.
 */
export async function readUpload(
  type: string | undefined,
  body: AsyncIterable<Uint8Array>,
  field: string,
): Promise<Upload> {
  const boundary = boundaryOf(type ?? "");
  const source = createSource(body);
  // The body's first boundary has no line end before it; lent one, all are alike.
  source.lend("\r\n");
  await skip(source, boundary);
  for (;;) {
    const head = await readHead(source);
    if (head === undefined) throw new Refusal(422, `Field "${field}" is missing`);
    const name = fileName(head, field);
    if (name !== undefined) return { name, bytes: until(source, boundary) };
    await skip(source, boundary);
  }
}

function boundaryOf(type: string): Buffer {
  const [, quoted, plain] =
    /^multipart\/form-data\s*;.*?\bboundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(type) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) throw new Refusal(415, "Send the file as multipart/form-data");
  return Buffer.from(`\r\n--${boundary}`, "latin1");
}

interface Source {
  /** What has arrived and is not used up. */
  held(): Buffer;
  /** Waits for more; false at the end. */
  more(): Promise<boolean>;
  take(bytes: number): Buffer;
  lend(text: string): void;
}

function createSource(body: AsyncIterable<Uint8Array>): Source {
  const pieces = body[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);
  return {
    held: () => held,
    async more() {
      const next = await pieces.next();
      if (next.done === true) return false;
      held = held.length === 0 ? Buffer.from(next.value) : Buffer.concat([held, next.value]);
      return true;
    },
    take(bytes) {
      const taken = held.subarray(0, bytes);
      held = held.subarray(bytes);
      return taken;
    },
    lend(text) {
      held = Buffer.concat([Buffer.from(text), held]);
    },
  };
}

/** The bytes up to the next boundary, which is used up too. */
async function* until(source: Source, boundary: Buffer): AsyncGenerator<Uint8Array> {
  for (;;) {
    const at = source.held().indexOf(boundary);
    if (at >= 0) {
      if (at > 0) yield source.take(at);
      source.take(boundary.length);
      return;
    }
    // The end of what is here may be the beginning of the boundary.
    const sure = source.held().length - boundary.length;
    if (sure > 0) yield source.take(sure);
    if (!(await source.more())) throw new Refusal(400, "The form ends in the middle");
  }
}

async function skip(source: Source, boundary: Buffer): Promise<void> {
  const passed = until(source, boundary);
  while ((await passed.next()).done !== true);
}

/** The headers of a part; undefined after the last part. */
async function readHead(source: Source): Promise<string | undefined> {
  for (;;) {
    const held = source.held();
    if (held.subarray(0, 2).toString("latin1") === "--") return undefined;
    const at = held.indexOf(END_OF_HEAD);
    if (at >= 0) return source.take(at + END_OF_HEAD.length).toString("utf8");
    if (held.length > MAX_HEAD_BYTES) throw new Refusal(400, "The form's headers are too long");
    if (!(await source.more())) throw new Refusal(400, "The form ends in the middle");
  }
}

function fileName(head: string, field: string): string | undefined {
  const line = /^content-disposition:(.*)$/im.exec(head)?.[1] ?? "";
  const of = (key: string): string | undefined =>
    new RegExp(`;\\s*${key}="([^"]*)"`, "i").exec(line)?.[1];
  if (of("name") !== field) return undefined;
  const name = of("filename");
  // A path is of no use here, and control characters are of none anywhere.
  return name?.replaceAll(/^.*[/\\]|\p{Cc}/gu, "").slice(0, 200) || "unnamed";
}
