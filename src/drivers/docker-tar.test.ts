import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { bytesOf, entriesOf, type Entry } from "./docker-tar.ts";

function archive(format: string): { readonly file: string; readonly long: string } {
  const folder = mkdtempSync(path.join(os.tmpdir(), "seaworthy-tar-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const long = `${"folder-with-a-long-name/".repeat(6)}größe.txt`;
  const from = path.join(folder, "from");
  mkdirSync(path.join(from, path.dirname(long)), { recursive: true });
  writeFileSync(path.join(from, long), "long");
  writeFileSync(path.join(from, "a"), "x".repeat(1000));
  chmodSync(path.join(from, "a"), 0o4750);
  symlinkSync("a", path.join(from, "link"));
  writeFileSync(path.join(from, "empty"), "");
  const file = path.join(folder, "all.tar");
  execFileSync("tar", ["--create", "--format", format, "--file", file, "--directory", from, "."]);
  return { file, long };
}

async function read(file: string): Promise<Map<string, Entry & { readonly text: string }>> {
  await using handle = await open(file, "r");
  const found = new Map<string, Entry & { readonly text: string }>();
  for await (const entry of entriesOf(handle, { start: 0, end: (await handle.stat()).size })) {
    let text = "";
    for await (const bytes of bytesOf(handle, entry)) text += Buffer.from(bytes).toString();
    found.set(entry.path.replace(/^\.\//, ""), { ...entry, text });
  }
  return found;
}

test.each(["gnu", "posix"])("reads every entry that tar wrote: %s", async (format) => {
  const { file, long } = archive(format);

  const entries = await read(file);

  expect(entries.get("a")).toMatchObject({
    type: "0",
    mode: 0o4750,
    size: 1000,
    text: "x".repeat(1000),
  });
  expect(entries.get(long)).toMatchObject({ text: "long" });
  expect(entries.get("link")).toMatchObject({ type: "2", link: "a" });
  expect(entries.get("empty")).toMatchObject({ size: 0, text: "" });
  expect(entries.get("a")?.uid).toBe(process.getuid?.());
  const starts = [...entries.values()].map(({ start, offset }) => offset - start);
  expect(Math.max(...starts)).toBeGreaterThan(512);
});

test("ends where an archive was cut", async () => {
  const { file } = archive("gnu");
  const whole = (await read(file)).size;
  truncateSync(file, 2048);

  expect((await read(file)).size).toBeLessThan(whole);
});
