import {
  brotliCompressSync,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from "node:zlib";
import { expect, test } from "vitest";
import { httpAnswer } from "../../test/rig/http-answer.ts";
import { decoded } from "./body-decoded.ts";

const TEXT = '{"id":1}';

function say(body: string | Uint8Array, encoding?: string, truncated = false): string {
  const headers = encoding === undefined ? [] : [["Content-Encoding", encoding] as const];
  const result = decoded(httpAnswer({ body, headers, truncated }));
  return result.ok ? Buffer.from(result.body).toString() : `${result.code}: ${result.why}`;
}

test.each([
  ["nothing", TEXT, undefined],
  ["identity", TEXT, "identity"],
  ["gzip", gzipSync(TEXT), "gzip"],
  ["gzip under its old name", gzipSync(TEXT), "X-GZip"],
  ["deflate", deflateSync(TEXT), "deflate"],
  ["deflate without its frame", deflateRawSync(TEXT), "deflate"],
  ["brotli", brotliCompressSync(TEXT), "br"],
  ["zstd", zstdCompressSync(TEXT), "zstd"],
  ["two, the last one first", gzipSync(brotliCompressSync(TEXT)), "br, gzip"],
])("undoes %s", (_, body, encoding) => {
  expect(say(body, encoding)).toBe(TEXT);
});

test("an encoding of nothing is nothing", () => {
  expect(say("", "gzip")).toBe("");
});

const zipped = gzipSync(TEXT);
test.each([
  [
    "no gzip",
    TEXT,
    "gzip",
    "body-damaged: the body is not gzip as its Content-Encoding says: incorrect header check",
  ],
  [
    "cut off",
    zipped.subarray(0, -5),
    "gzip",
    "body-damaged: the body is not gzip as its Content-Encoding says: unexpected end of file",
  ],
  [
    "with a byte changed",
    Buffer.concat([zipped.subarray(0, -5), Buffer.from([9]), zipped.subarray(-4)]),
    "gzip",
    "body-damaged: the body is not gzip as its Content-Encoding says: incorrect data check",
  ],
  [
    "unknown",
    TEXT,
    "rot13",
    "body-encoding: the body is encoded as rot13, which nobody here can undo",
  ],
  [
    "an inherited word",
    TEXT,
    "constructor",
    "body-encoding: the body is encoded as constructor, which nobody here can undo",
  ],
  ["too often", TEXT, "gzip, gzip, gzip, gzip", "body-encoding: the body is encoded 4 times"],
  [
    "a bomb",
    gzipSync(Buffer.alloc(33 * 1_048_576)),
    "gzip",
    "body-too-large: the body unpacks to more than the 34 MB that are looked at",
  ],
])("says why it can't: %s", (_, body, encoding, words) => {
  expect(say(body, encoding)).toBe(words);
});

test("a body that was not read to its end is not unpacked", () => {
  expect(say(zipped, "gzip", true)).toBe(
    "body-truncated: the body is longer than what is looked at (28 bytes came)",
  );
});
