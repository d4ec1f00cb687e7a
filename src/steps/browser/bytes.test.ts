import { expect, test } from "vitest";
import { withBytes } from "./bytes.ts";

test.each([
  [10, 10],
  ["10485760", 10_485_760],
  ["10MiB", 10_485_760],
  [
    { at_least: "1 KB", less: 5 },
    { at_least: 1000, less: 5 },
  ],
  [{ not: { one_of: ["1KB", "2KB"] } }, { not: { one_of: [1000, 2000] } }],
  ["ten", "ten"],
])("%j is %j bytes", (wish, bytes) => {
  expect(withBytes(wish)).toEqual(bytes);
});
