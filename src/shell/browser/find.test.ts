import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { candidates, findBrowser } from "./find.ts";
import { makeScratch } from "./scratch.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "seaworthy-find-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const linux = () => ({ path: `${folder}:relative`, platform: "linux", home: "/home/ana" }) as const;

function program(name: string, says: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${says}\n`);
  chmodSync(file, 0o755);
  return file;
}

test("the named path comes first, then Chromium, Chrome and Edge", async () => {
  const edge = program("microsoft-edge", "echo Microsoft Edge 151.0.1 stable");
  expect(await findBrowser(undefined, linux())).toEqual({
    path: edge,
    version: "Microsoft Edge 151.0.1",
  });
  const chromium = program("chromium-browser", 'echo "Chromium 150.0.2 built on Debian"');
  expect(await findBrowser("any", linux())).toEqual({
    path: chromium,
    version: "Chromium 150.0.2",
  });
  expect(await findBrowser("edge", linux())).toMatchObject({ path: edge });
  expect(await findBrowser(edge, linux())).toMatchObject({ path: edge });
});

test("macOS has them as applications", () => {
  expect(candidates("chrome", { ...linux(), platform: "darwin" })).toContain(
    "/home/ana/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  );
  expect(candidates("chrome", linux()).every((each) => each.startsWith(folder))).toBe(true);
});

test.each([
  [undefined, "This machine has no Chromium, Chrome or Edge that could be found."],
  ["chrome", "This machine has no browser chrome."],
  ["/nowhere/chrome", "This machine has no browser /nowhere/chrome."],
])("without a browser %s says what to install", async (named, what) => {
  const install = expect.stringContaining("apt-get install chromium");
  await expect(findBrowser(named, linux())).rejects.toMatchObject({
    failure: { code: "browser-missing", what, fix: install },
  });
});

test("a program that is no browser is said to be none", async () => {
  program("chromium", "echo hello");
  await expect(findBrowser("chromium", linux())).rejects.toMatchObject({
    failure: { code: "browser-does-not-start" },
  });
});

test("folders of processes that are gone are removed, those of living ones are not", () => {
  const living = makeScratch(folder);
  const machine = path.basename(living.folder).split(`-${process.pid}-`)[0] ?? "";
  const dead = path.join(folder, `${machine}-4194305-abcdef`);
  const elsewhere = path.join(folder, "seaworthy-browser-another.host-4194305-abcdef");
  for (const each of [dead, elsewhere]) mkdirSync(each);
  const next = makeScratch(folder);
  expect([living.folder, dead, elsewhere, next.folder].map((each) => existsSync(each))).toEqual([
    true,
    false,
    true,
    true,
  ]);
});

test("the browser's socket has a short path, however long that of the temporary folder is", () => {
  const long = path.join(folder, "a".repeat(60));
  mkdirSync(long);
  const scratch = makeScratch(long);
  // What the browser adds, and 104 characters are the most.
  expect(`${scratch.temporary}/org.chromium.Chromium.XXXXXX/SingletonSocket`.length).toBeLessThan(
    104,
  );
  expect([existsSync(scratch.folder), existsSync(scratch.temporary)]).toEqual([true, true]);
  scratch.remove();
  expect([existsSync(scratch.folder), existsSync(scratch.temporary)]).toEqual([false, false]);
});
