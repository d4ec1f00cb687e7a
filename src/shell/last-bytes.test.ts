import { array, assert, nat, property, uint8Array } from "fast-check";
import { expect, test } from "vitest";
import { lastBytes, textOf } from "./last-bytes.ts";

test("remembers the last bytes and counts the others, however they are cut", () => {
  assert(
    property(array(uint8Array({ maxLength: 40 })), nat(64), (chunks, cap) => {
      const ring = lastBytes(cap);
      const dropped = chunks.reduce((sum, chunk) => sum + ring.push(chunk), 0);
      const all = Buffer.concat(chunks);
      const start = Math.max(0, all.length - cap);
      expect([...ring.bytes()]).toEqual([...all.subarray(start)]);
      expect(dropped).toBe(start);
    }),
  );
});

test("keeps its order when it grows after turning round", () => {
  const ring = lastBytes(10_000);
  ring.push(Buffer.alloc(3000, "a"));
  ring.push(Buffer.alloc(3000, "b"));
  ring.push(Buffer.alloc(6000, "c"));
  expect(ring.bytes().toString()).toBe("a".repeat(1000) + "b".repeat(3000) + "c".repeat(6000));
});

test("reads text that begins in the middle of a character", () => {
  expect(textOf(Buffer.from("€uro").subarray(1))).toBe("uro");
  expect(textOf(Buffer.from("€uro"))).toBe("€uro");
});
