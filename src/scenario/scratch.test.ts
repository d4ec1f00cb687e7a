import { createHash } from "node:crypto";
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { Fault } from "../model/failure.ts";
import { openScratch } from "./scratch.ts";
import { wrongName } from "./scratch-name.ts";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "scratch-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

const sha256 = (content: Uint8Array | string) => createHash("sha256").update(content).digest("hex");

async function refusal(act: () => unknown): Promise<string> {
  try {
    await act();
    return "went well";
  } catch (error) {
    if (error instanceof Fault) return `${error.failure.code}: ${error.failure.what}`;
    throw error;
  }
}

test.each([
  ["half.bin", undefined],
  ["parts/1.bin", undefined],
  ["it's a name.bin", undefined],
  ["", "it is empty"],
  ["/etc/passwd", "it is an absolute path"],
  ["../a", "it does not stay in the folder of working files"],
  ["a/../../b", "it does not stay in the folder of working files"],
  ["a//b", "it does not stay in the folder of working files"],
  [".", "it does not stay in the folder of working files"],
  ["a\\b", "it holds a backslash"],
  ["a\0b", "it holds a control character"],
  ["a\nb", "it holds a control character"],
  ["x".repeat(201), "it is longer than 200 characters"],
])("a working file may be called %j: %s", (name, why) => {
  expect(wrongName(name)).toBe(why);
});

test("a name that leads out is refused wherever it stands", async () => {
  const scratch = openScratch(folder());
  const wrong =
    'scratch-wrong-name: "../a" cannot be the name of a working file: it does not stay in the folder of working files.';
  expect(await refusal(() => scratch.place("../a"))).toBe(wrong);
  expect(await refusal(() => scratch.begin("../a"))).toBe(wrong);
  expect(await refusal(() => scratch.make("../a", { bytes: 1, seed: "" }))).toBe(wrong);
  expect(await refusal(() => scratch.join([], "../a"))).toBe(wrong);
  expect(await refusal(() => scratch.find("../a"))).toMatch(/^scratch-no-file: There is no file/);
});

test("made data are as long as asked, can't be compressed, and are the same for the same seed", async () => {
  const scratch = openScratch(folder());
  const made = await scratch.make("a.bin", { bytes: 2_500_001, seed: "one" });
  const content = readFileSync(scratch.find("a.bin"));
  expect(made).toEqual({ bytes: 2_500_001, sha256: sha256(content) });
  expect(content.length).toBe(2_500_001);
  expect(gzipSync(content).length).toBeGreaterThan(2_500_000);
  expect(await scratch.make("again.bin", { bytes: 2_500_001, seed: "one" })).toEqual(made);
  expect(await scratch.make("other.bin", { bytes: 2_500_001, seed: "two" })).not.toEqual(made);
  expect(await scratch.make("empty.bin", { bytes: 0, seed: "" })).toEqual({
    bytes: 0,
    sha256: sha256(""),
  });
});

test("files are joined in the order given, and what the name held before is gone", async () => {
  const scratch = openScratch(folder());
  for (const [name, text] of [
    ["a", "one "],
    ["b", "two"],
    ["whole", "something longer"],
  ] as const) {
    const sink = await scratch.begin(name);
    await sink.write(Buffer.from(text));
    await sink.close();
  }
  const joined = await scratch.join(["a", "b", "a"], "whole");
  expect(readFileSync(scratch.find("whole"), "utf8")).toBe("one twoone ");
  expect(joined).toEqual({ bytes: 11, sha256: sha256("one twoone ") });
  expect(await scratch.digest("whole")).toEqual(joined);
  expect(await refusal(() => scratch.join(["a", "whole"], "whole"))).toBe(
    "scratch-joins-itself: whole cannot be joined into itself.",
  );
  expect(await refusal(() => scratch.join(["a", "none"], "x"))).toMatch(/^scratch-no-file/);
});

test("a working file goes before a file of the project of the same name", async () => {
  const project = folder();
  writeFileSync(join(project, "a.txt"), "of the project");
  const fixture = (path: string) => (path === "a.txt" ? join(project, path) : undefined);
  const scratch = openScratch(folder(), { fixture });
  expect(await scratch.digest("a.txt")).toMatchObject({ bytes: 14 });
  await scratch.make("a.txt", { bytes: 3, seed: "" });
  expect(await scratch.digest("a.txt")).toMatchObject({ bytes: 3 });
});

test("a folder is no file, and a missing one is said by its name", async () => {
  const scratch = openScratch(folder());
  await scratch.make("parts/1.bin", { bytes: 1, seed: "" });
  expect(await refusal(() => scratch.digest("parts"))).toMatch(/^scratch-no-file/);
  expect(await refusal(() => scratch.digest("none.bin"))).toBe(
    "scratch-no-file: There is no file none.bin: no step made or downloaded it, and none lies beside the scenario.",
  );
});

test.skipIf(!existsSync("/dev/full"))("a full disk is said, and is nobody's mistake", async () => {
  const path = folder();
  symlinkSync("/dev/full", join(path, "full.bin"));
  const scratch = openScratch(path);
  expect(await refusal(() => scratch.make("full.bin", { bytes: 5_000_000, seed: "" }))).toBe(
    "scratch-unwritable: The working file full.bin can't be written: the disk is full.",
  );
});

test("stops in the middle when it is cancelled", async () => {
  const cancel = new AbortController();
  const path = folder();
  const scratch = openScratch(path, { signal: cancel.signal });
  const making = scratch.make("a.bin", { bytes: WHOLE, seed: "" });
  const ended = expect(making).rejects.toThrow("enough");
  const written = () => statSync(join(path, "a.bin"), { throwIfNoEntry: false })?.size ?? 0;
  // It gives way to others so often that it is seen while it grows.
  while (written() === 0) await setImmediate();
  cancel.abort(new Error("enough"));
  await ended;
  expect(written()).toBeLessThan(WHOLE);
});

const WHOLE = 256 * 1_048_576;
