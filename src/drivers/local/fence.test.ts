import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { highest, passFence } from "./fence.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "seaworthy-fence-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("lets the newest owner through again and again, and refuses older ones", async () => {
  const file = path.join(folder, "new", "fence");
  await passFence(file, 3);
  await passFence(file, 3);
  await passFence(file, 12);
  await expect(passFence(file, 3)).rejects.toMatchObject({ failure: { code: "fence-stale" } });
  await passFence(file, undefined);
  expect(await readFile(file, "utf8")).toBe("3\n12\n");
});

test("remembers the highest of owners that come at the same time", async () => {
  const file = path.join(folder, "fence");
  await Promise.allSettled([5, 9, 7, 2].map((fence) => passFence(file, fence)));
  expect(highest(await readFile(file, "utf8"))).toBe(9);
});

test.each([
  [undefined, 0],
  ["", 0],
  ["3\n12\n5\n", 12],
  ["3\n1", 3],
])("the highest in %j is %d", (text, number) => {
  expect(highest(text)).toBe(number);
});
