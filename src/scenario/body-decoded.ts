import {
  brotliDecompressSync,
  gunzipSync,
  inflateRawSync,
  inflateSync,
  zstdDecompressSync,
} from "node:zlib";
import { errorCode } from "../lib/error-code.ts";
import { showSize } from "../lib/size.ts";
import type { HttpResponse } from "../ports/http.ts";

/** Most bytes that a body may unpack to: some KB can stand for GB. */
const MOST_BYTES = 32 * 1_048_576;
/** More than one is already rare. */
const MOST_ENCODINGS = 3;

export type Decoded =
  | { readonly ok: true; readonly body: Uint8Array }
  | {
      readonly ok: false;
      readonly code: "body-truncated" | "body-encoding" | "body-damaged" | "body-too-large";
      /** The end of a sentence: `the body is not gzip as its Content-Encoding says`. */
      readonly why: string;
    };

type Undo = (body: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array;

const UNDO: Readonly<Record<string, Undo>> = {
  gzip: gunzipSync,
  "x-gzip": gunzipSync,
  deflate: inflateEither,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
};

/** The body as it is meant, with what Content-Encoding says undone; or why that can't be. */
export function decoded(
  answer: Pick<HttpResponse, "body" | "truncated" | "headers" | "bytes">,
): Decoded {
  const { body, bytes, truncated, headers } = answer;
  if (truncated)
    return no("body-truncated", `the body is longer than what is looked at (${bytes} bytes came)`);
  const encodings = headers
    .filter(([name]) => name.toLowerCase() === "content-encoding")
    .flatMap(([, value]) => value.toLowerCase().split(","))
    .map((encoding) => encoding.trim())
    .filter((encoding) => encoding !== "" && encoding !== "identity");
  const unknown = encodings.find((encoding) => !Object.hasOwn(UNDO, encoding));
  if (unknown !== undefined)
    return no("body-encoding", `the body is encoded as ${unknown}, which nobody here can undo`);
  if (encodings.length > MOST_ENCODINGS)
    return no("body-encoding", `the body is encoded ${encodings.length} times`);
  // The answer to HEAD, and 304, say how a body would be encoded that they do not have.
  if (body.length === 0) return { ok: true, body };
  return encodings.reduceRight<Decoded>(
    (so, encoding) => (so.ok ? undone(so.body, encoding) : so),
    { ok: true, body },
  );
}

function undone(body: Uint8Array, encoding: string): Decoded {
  try {
    const undo = UNDO[encoding]!;
    return { ok: true, body: new Uint8Array(undo(body, { maxOutputLength: MOST_BYTES })) };
  } catch (error) {
    if (errorCode(error) === "ERR_BUFFER_TOO_LARGE")
      return no(
        "body-too-large",
        `the body unpacks to more than the ${showSize(MOST_BYTES)} that are looked at`,
      );
    if (!(error instanceof Error)) throw error;
    return no(
      "body-damaged",
      `the body is not ${encoding} as its Content-Encoding says: ${error.message}`,
    );
  }
}

/** Some servers leave out the frame that the standard asks for; browsers take both. */
function inflateEither(
  body: Uint8Array,
  options: { readonly maxOutputLength: number },
): Uint8Array {
  // The frame begins with 8 in the low half of its first byte, and two bytes that 31 divides. RFC 1950, section 2.2.
  const [first = 0, second = 0] = body;
  const isFramed = (first & 0x0f) === 8 && (first * 256 + second) % 31 === 0;
  return isFramed ? inflateSync(body, options) : inflateRawSync(body, options);
}

function no(code: Extract<Decoded, { ok: false }>["code"], why: string): Decoded {
  return { ok: false, code, why };
}
