import { expect, test } from "vitest";
import { fits } from "./glob.ts";

test.each([
  ["index.html", "*.html", true],
  ["docs/index.html", "*.html", false],
  ["docs/index.html", "**/*.html", true],
  ["index.html", "**/*.html", true],
  ["assets/a/b/c.js", "assets/**", true],
  ["assets", "assets/**", true],
  ["other/assets/c.js", "assets/**", false],
  ["assets/a/b.js", "assets/*/b.js", true],
  ["assets/b.js", "assets/*/b.js", false],
  ["v1.js", "v?.js", true],
  ["v.js", "v?.js", false],
  ["a*b", "a*b", true],
  ["é.js", "?.js", true],
  ["new\nline.html", "*.html", true],
])("%j against %j: %j", (path, pattern, expected) => {
  expect(fits(path, pattern)).toBe(expected);
});

test("no pattern takes long", () => {
  const began = performance.now();
  expect(fits("a".repeat(5_000), `${"*a".repeat(90)}b`)).toBe(false);
  expect(performance.now() - began).toBeLessThan(5_000);
});
