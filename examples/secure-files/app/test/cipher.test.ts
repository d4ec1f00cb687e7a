import { expect, test } from "vitest";
import { cipherFor, SALT, Tampered } from "../src/blobs/cipher.ts";

const KEY = Buffer.alloc(32, 1);
const PLACE = { id: "one", index: 3, last: false };

test.each([
  ["another file", { ...PLACE, id: "two" }],
  ["another place", { ...PLACE, index: 4 }],
  ["the end", { ...PLACE, last: true }],
])("a chunk does not open as one of %s", (_, place) => {
  const cipher = cipherFor(KEY, Buffer.alloc(SALT));
  const stored = cipher.close(Buffer.from("words"), PLACE);
  expect(cipher.open(stored, PLACE).toString()).toBe("words");
  expect(() => cipher.open(stored, place)).toThrow(Tampered);
});

test("a chunk opens with its own key and salt alone", () => {
  const stored = cipherFor(KEY, Buffer.alloc(SALT)).close(Buffer.from("words"), PLACE);
  for (const [key, salt] of [
    [Buffer.alloc(32, 2), Buffer.alloc(SALT)],
    [KEY, Buffer.alloc(SALT, 1)],
  ] as const)
    expect(() => cipherFor(key, salt).open(stored, PLACE)).toThrow(Tampered);
});
