import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lastLines, prefixed } from "./log-tail.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "seaworthy-log-"));
});
afterEach(() => rm(folder, { recursive: true }));

test.each([
  ["a short log whole", "one\ntwo\n", 100, "one\ntwo\n"],
  ["whole lines only of a longer one", "first\nsecond\nthird\n", 10, "third\n"],
  ["the end of a line that is longer than the cap", "abcdefghij", 4, "ghij"],
  ["an empty log", "", 10, ""],
])("reads %s", async (_, content, maxBytes, expected) => {
  const file = path.join(folder, "log");
  await writeFile(file, content);
  expect(await lastLines(file, maxBytes)).toBe(expected);
});

test("a log that is not there yet is empty", async () => {
  expect(await lastLines(path.join(folder, "none"), 10)).toBe("");
});

test("each line says which part it is from", () => {
  expect(prefixed("web", "a\n\nb")).toBe("web | a\nweb | b\n");
});
