import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { digestStream, sha256, sha256File } from "./digest.ts";

const ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

test("a text and its UTF-8 bytes have the same digest", () => {
  expect(sha256("abc")).toBe(ABC);
  expect(sha256(Buffer.from("abc"))).toBe(ABC);
  expect(sha256("ü")).toBe(sha256(Uint8Array.of(0xc3, 0xbc)));
  expect(sha256("")).toBe(EMPTY);
});

test("bytes in pieces have the digest of the whole, and are counted", () => {
  const digest = digestStream();
  digest.push(Buffer.from("a"));
  digest.push(Buffer.from("bc"));

  expect(digest.end()).toEqual({ sha256: ABC, bytes: 3 });
});

test.each([0, 3, 64 * 1024, 64 * 1024 + 1, 200_000])(
  "a file of %i bytes is read whole",
  async (bytes) => {
    const folder = await mkdtemp(join(tmpdir(), "seaworthy-digest-"));
    const content = Buffer.alloc(bytes, "abc");
    await writeFile(join(folder, "file"), content);

    expect(await sha256File(join(folder, "file"))).toEqual({ sha256: sha256(content), bytes });
    await rm(folder, { recursive: true });
  },
);

test("a file that is not there is an error", async () => {
  await expect(sha256File(join(tmpdir(), "seaworthy-not-there"))).rejects.toThrow("ENOENT");
});
