import { expect, test } from "vitest";
import { contentType } from "./content-type.ts";

test.each([
  ["index.html", "text/html; charset=utf-8"],
  ["assets/app.3f2a91bc.js", "text/javascript; charset=utf-8"],
  ["a.b/LOGO.SVG", "image/svg+xml"],
  ["fonts/x.woff2", "font/woff2"],
  ["LICENSE", "application/octet-stream"],
  [".htaccess", "application/octet-stream"],
  ["a.html/part", "application/octet-stream"],
  ["strange.constructor", "application/octet-stream"],
  ["ends-with.", "application/octet-stream"],
])("%s is %s", (name, expected) => {
  expect(contentType(name)).toBe(expected);
});

test("what a person says of an extension counts", () => {
  expect(contentType("a.txt", { ".txt": "text/plain" })).toBe("text/plain");
  expect(contentType("a.MJS", { ".mjs": "application/javascript" })).toBe("application/javascript");
});
