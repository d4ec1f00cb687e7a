import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { fileTrouble } from "../lib/file-trouble.ts";
import { Fault } from "../model/failure.ts";
import type { FileBody, FormPart, HttpBody } from "../ports/http.ts";

/** A body ready to be sent: how long it is, and its bytes as often as they are asked for. */
export interface Sendable {
  readonly bytes: number;
  /** Headers that belong to it. */
  readonly headers: readonly (readonly [string, string])[];
  readonly content: () => Uint8Array | AsyncIterable<Uint8Array>;
}

type Piece = Uint8Array | { readonly file: string; readonly bytes: number };

/** Looks at every file of a body, so that its length is known before the first byte is sent. */
export async function sendable(body: HttpBody): Promise<Sendable> {
  if (typeof body === "string") return whole(Buffer.from(body));
  if (body instanceof Uint8Array) return whole(body);
  if ("file" in body) return streamed([await lookAt(body)]);
  const boundary = `seaworthy-${randomBytes(16).toString("hex")}`;
  const pieces = await Promise.all(body.parts.map((part) => piecesOf(part, boundary)));
  const end = Buffer.from(`--${boundary}--\r\n`);
  return {
    ...streamed([...pieces.flat(), end]),
    headers: [["content-type", `multipart/form-data; boundary=${boundary}`]],
  };
}

function whole(content: Uint8Array): Sendable {
  return { bytes: content.length, headers: [], content: () => content };
}

function streamed(pieces: readonly Piece[]): Sendable {
  const bytes = pieces.reduce((sum, piece) => sum + lengthOf(piece), 0);
  return { bytes, headers: [], content: () => chunks(pieces) };
}

function lengthOf(piece: Piece): number {
  return piece instanceof Uint8Array ? piece.length : piece.bytes;
}

async function lookAt({ file }: FileBody): Promise<Piece> {
  try {
    const found = await stat(file);
    if (found.isFile()) return { file, bytes: found.size };
  } catch (error) {
    throw unreadable(file, error);
  }
  throw unreadable(file, undefined);
}

async function piecesOf(part: FormPart, boundary: string): Promise<readonly Piece[]> {
  const { content } = part;
  const piece =
    typeof content === "string"
      ? Buffer.from(content)
      : content instanceof Uint8Array
        ? content
        : await lookAt(content);
  return [Buffer.from(headOf(part, boundary)), piece, Buffer.from("\r\n")];
}

/** https://html.spec.whatwg.org/#multipart-form-data: these three characters are escaped in names, and nothing else. */
function headOf({ name, filename, type }: FormPart, boundary: string): string {
  const file = filename === undefined ? "" : `; filename="${escaped(filename)}"`;
  return [
    `--${boundary}`,
    `Content-Disposition: form-data; name="${escaped(name)}"${file}`,
    ...(type === undefined ? [] : [`Content-Type: ${type.replaceAll(/[\r\n]/g, " ")}`]),
    "\r\n",
  ].join("\r\n");
}

function escaped(name: string): string {
  return name.replaceAll("\r", "%0D").replaceAll("\n", "%0A").replaceAll('"', "%22");
}

async function* chunks(pieces: readonly Piece[]): AsyncIterable<Uint8Array> {
  for (const piece of pieces) {
    if (piece instanceof Uint8Array) yield piece;
    else if (piece.bytes > 0) yield* fileChunks(piece.file, piece.bytes);
  }
}

async function* fileChunks(file: string, bytes: number): AsyncIterable<Uint8Array> {
  let sent = 0;
  try {
    // A file that grows meanwhile is sent as long as it was said to be.
    for await (const chunk of createReadStream(file, { end: bytes - 1, highWaterMark: 262_144 })) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- without an encoding it gives nothing else
      const read = chunk as Uint8Array;
      sent += read.length;
      yield read;
    }
  } catch (error) {
    throw fileTrouble(error) === undefined ? error : unreadable(file, error);
  }
  if (sent < bytes)
    throw new Fault({
      code: "http-cannot-send",
      what: `${file} became shorter while it was sent: ${sent} of ${bytes} bytes.`,
      fix: "Send a file that nobody writes to.",
    });
}

function unreadable(file: string, error: unknown): Fault {
  const why = error === undefined ? "it is not a file" : fileTrouble(error)?.why;
  if (why === undefined) throw error;
  return new Fault(
    {
      code: "http-cannot-send",
      what: `${file} can't be sent: ${why.replace("write there", "read it")}.`,
      fix: "Correct the name, or make the file in a step before.",
    },
    { cause: error },
  );
}
