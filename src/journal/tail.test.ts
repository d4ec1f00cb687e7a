import { array, assert, nat, property, uint8Array } from "fast-check";
import { expect, test } from "vitest";
import { openTail } from "./tail.ts";

test("keeps the last bytes of any stream, however it is cut, and counts the others", () => {
  const pieces = array(uint8Array({ maxLength: 20 }), { maxLength: 30 });
  assert(
    property(pieces, nat({ max: 40 }), (chunks, limit) => {
      const tail = openTail(limit);
      for (const chunk of chunks) tail.push(chunk);

      const all = chunks.flatMap((chunk) => [...chunk]);
      const dropped = Math.max(0, all.length - limit);
      expect([...tail.content()]).toEqual(all.slice(dropped));
      expect(tail.dropped()).toBe(dropped);
    }),
  );
});

test("grows beyond its first ring and wraps around the end of the last", () => {
  const tail = openTail(10_000);
  for (let at = 0; at < 25_000; at += 7)
    tail.push(Uint8Array.from({ length: 7 }, (_, i) => at + i));

  const content = tail.content();
  expect(content).toHaveLength(10_000);
  expect(tail.dropped()).toBe(15_004);
  expect(content.at(-1)).toBe(25_003 & 0xff);
  expect(content[0]).toBe(15_004 & 0xff);
});
