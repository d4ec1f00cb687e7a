import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { fileTrouble } from "./file-trouble.ts";

test("what the file system said is put into words, with the path", () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "seaworthy-trouble-"));
  const at = path.join(folder, "file/below");
  try {
    writeFileSync(path.join(folder, "file"), "");
    readFileSync(at);
    throw new Error("it was read");
  } catch (error) {
    const why = "a part of the path is a file, not a folder";
    expect(fileTrouble(error)).toEqual({ code: "ENOTDIR", why, at });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a mistake of ours is no trouble with a file", () => {
  expect(fileTrouble(new TypeError("x is undefined"))).toBeUndefined();
});
