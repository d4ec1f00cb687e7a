import { expect, test } from "vitest";
import type { Shown } from "./manifest.ts";
import { wrongWith } from "./verify.ts";

const file: Shown = {
  path: "app.3f2a91bc.js",
  bytes: 5,
  sha256: "ab".repeat(32),
  md5: "",
  type: "text/javascript; charset=utf-8",
  cache: "max-age=1",
  kind: "hashed",
};
const answer = (more: object, headers: readonly (readonly [string, string])[] = []) => ({
  status: 200,
  bytes: 5,
  sha256: file.sha256,
  ...more,
  headers: [
    ["Content-Type", "application/javascript"],
    ["cache-control", "max-age=1"],
    ...headers,
  ] as const,
});

test.each([
  ["the file", answer({}), undefined],
  ["another status", answer({ status: 404 }), "status 404 instead of 200"],
  ["another content", answer({ sha256: "cd".repeat(32), bytes: 9 }), "9 bytes"],
  [
    "another type",
    { ...answer({}), headers: [["content-type", "text/html"]] as const },
    "Content-Type",
  ],
  ["no type", { ...answer({}), headers: [] }, "Content-Type"],
  [
    "no cache header",
    { ...answer({}), headers: [["content-type", "text/javascript"]] as const },
    "Cache-Control",
  ],
])("%s", (_, given, expected) => {
  const why = wrongWith(given, file, true);
  if (expected === undefined) expect(why).toBeUndefined();
  else expect(why).toContain(expected);
});

test("a cache header that is not ours to set is not asked for", () => {
  const given = { ...answer({}), headers: [["content-type", "text/javascript"]] as const };
  expect(wrongWith(given, file, false)).toBeUndefined();
});
