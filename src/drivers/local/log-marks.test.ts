import { appendFile, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Json } from "../../model/json.ts";
import { layout, type Layout } from "./layout.ts";
import { logMark, logsSince } from "./log-marks.ts";

let folder: string;
let place: Layout;
let web: string;
const { signal } = new AbortController();

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "seaworthy-marks-"));
  place = layout(folder);
  web = place.log("v1", "web");
  await mkdir(path.dirname(web), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

async function read(mark: Json | undefined): Promise<Record<string, string>> {
  const words: Record<string, string> = {};
  for await (const { part, text, lost } of logsSince(place, mark, signal))
    words[part] = (words[part] ?? "") + text + (lost ? `<lost ${lost}>` : "");
  return words;
}

async function rotate(): Promise<void> {
  await rename(`${web}.1`, `${web}.2`).catch(() => undefined);
  await rename(web, `${web}.1`);
}

test("reads on where the mark was set, part by part", async () => {
  await writeFile(web, "old\n");
  await writeFile(place.doorLog, "door\n");
  const mark = await logMark(place);
  await appendFile(web, "new\n");
  await mkdir(place.logsOf("v2"));
  await writeFile(place.log("v2", "web"), "second\n");

  expect(await read(mark)).toEqual({ "v1/web": "new\n", "v2/web": "second\n" });
  expect(await read(undefined)).toEqual({
    "front-door": "door\n",
    "v1/web": "old\nnew\n",
    "v2/web": "second\n",
  });
});

test("a line that is being written belongs to what comes after", async () => {
  await writeFile(web, "old\nhalf a");
  const mark = await logMark(place);
  await appendFile(web, " line\n");

  expect(await read(mark)).toEqual({ "v1/web": "half a line\n" });
});

test("follows a log that is cut and goes on in a new file", async () => {
  await writeFile(web, "old\n");
  const mark = await logMark(place);
  await appendFile(web, "a\n");
  await rotate();
  await writeFile(web, "b\n");
  await rotate();
  await writeFile(web, "c\n");

  expect(await read(mark)).toEqual({ "v1/web": "a\nb\nc\n" });
});

test("says so when the marked file is gone", async () => {
  await writeFile(web, "old\n");
  const mark = await logMark(place);
  for (const line of ["a\n", "b\n", "c\n"]) {
    await rotate();
    await writeFile(web, line);
  }

  expect(await read(mark)).toEqual({ "v1/web": "<lost 1>a\nb\nc\n" });
});

test("is not taken in by another file with the same number, nor by one that was emptied", async () => {
  await writeFile(web, "old and long enough\n");
  const mark = await logMark(place);
  await writeFile(web, "new and longer than it was\n");

  expect(await read(mark)).toEqual({ "v1/web": "<lost 1>new and longer than it was\n" });
});

test("a part that is gone altogether is lost", async () => {
  await writeFile(web, "old\n");
  const mark = await logMark(place);
  await rm(place.logs, { recursive: true });

  expect(await read(mark)).toEqual({ "v1/web": "<lost 1>" });
});
