import { expect, test } from "vitest";
import { kindOf, looksHashed } from "./kind.ts";

test.each([
  ["assets/app.3f2a91bc.js", true],
  ["assets/app.3f2a91bc.js.map", true],
  ["assets/index-DiwrgTda.js", true],
  ["assets/index-D-wr_Tda.css", true],
  ["_next/static/chunks/4bd1b696-0a1f2b3c4d5e6f70.js", true],
  ["chunk.0123456789abcdef0123456789abcdef.css", true],
  ["index.html", false],
  ["logo.svg", false],
  ["main-settings.js", false],
  ["photo-20240101.jpg", false],
  ["Settings.js", false],
  ["deadbeef", false],
  ["facade.js", false],
  ["MyComponent.js", false],
])("whether %s looks as if its name had a digest: %s", (path, expected) => {
  expect(looksHashed(path)).toBe(expected);
});

const names = { document: "index.html", entry: ["*.html", "app/**"], hashed: ["static/**"] };

test.each([
  ["index.html", "entry"],
  ["app/x.3f2a91bc.js", "entry"],
  ["static/logo.svg", "hashed"],
  ["x.3f2a91bc.js", "hashed"],
  ["favicon.ico", "plain"],
])("what a person says of %s counts: %s", (path, expected) => {
  expect(kindOf(path, names)).toBe(expected);
});
