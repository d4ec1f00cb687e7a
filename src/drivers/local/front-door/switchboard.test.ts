import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openSwitchboard } from "./switchboard.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "seaworthy-switchboard-"));
});
afterEach(() => rm(folder, { recursive: true }));

const one = { release: { id: "one+1", name: "one" }, host: "127.0.0.1", port: 1 };
const two = { release: { id: "two+1", name: "two" }, host: "127.0.0.1", port: 2 };
const open = () => openSwitchboard(path.join(folder, "route.json"));

test("leads nowhere at first", async () => {
  expect((await open()).route()).toBeUndefined();
});

test("leads to the same release after it was closed without warning", async () => {
  await (await open()).switch({ route: one, fence: 3 });
  const again = await open();
  expect(again.route()).toEqual(one);
  expect(await again.switch({ route: two, fence: 2 })).toEqual({ stale: 3 });
  expect(again.route()).toEqual(one);
});

test("carries orders out in the order in which they came", async () => {
  const board = await open();
  await Promise.all([board.switch({ route: one }), board.switch({ route: two }), board.switch({})]);
  expect(board.route()).toBeUndefined();
  expect((await open()).route()).toBeUndefined();
});

test("stays where it is when the order can't be written down", async () => {
  const board = await openSwitchboard(path.join(folder, "a", "route.json"));
  await board.switch({ route: one });
  await rm(path.join(folder, "a"), { recursive: true });
  await writeFile(path.join(folder, "a"), "in the way");
  await expect(board.switch({ route: two })).rejects.toThrow();
  expect(board.route()).toEqual(one);
});
