import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Json } from "../../src/model/json.ts";
import { openInsideStack, type InsideStack } from "./rig/inside-stack.ts";

const SLEEP = "trap 'exit 0' TERM; while :; do sleep 0.2; done";
/** `front` never changes, and Compose makes it anew along with `web`, on which it depends. `data` stays where it is. */
const STACK = `version: "3.7"
services:
  web:
    image: lab/busybox:1
    command: [sh, -c, "echo web says $$RELEASE; ${SLEEP}"]
    environment: { RELEASE: "\${RELEASE}" }
  front:
    image: lab/busybox:1
    command: [sh, -c, "echo front says hello; ${SLEEP}"]
    depends_on: [web]
  data:
    image: lab/busybox:1
    command: [sh, -c, "echo data says hello; ${SLEEP}"]
`;

let stack: InsideStack;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "w5-words-"));
  await writeFile(join(folder, "compose.yaml"), STACK);
  stack = await openInsideStack("w5words", {}, STACK);
});

afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function deploy(id: string): Promise<void> {
  const release = { id, name: id };
  await stack.driver.stage(release, folder, stack.act());
  await stack.driver.activate(release, stack.act());
}

const idOf = (service: string) =>
  stack.docker("ps", "-q", "--filter", `name=w5words[-_]${service}`).then((id) => id.trim());

async function told(mark: Json | undefined): Promise<{ words: string; lost: string[] }> {
  let words = "";
  const lost: string[] = [];
  for await (const piece of stack.driver.logsSince!(mark, stack.act())) {
    words += piece.text;
    if (piece.lost !== undefined) lost.push(piece.part);
  }
  return { words, lost };
}

test("what a container says that Compose makes anew though nothing about it changed is kept, at every deploy", async () => {
  const mark = await stack.driver.logMark?.(stack.act());
  const fronts = new Set([await idOf("front")]);
  const data = await idOf("data");
  for (const id of ["v2", "v3", "v4"]) {
    const before = await stack.driver.logMark?.(stack.act());
    await deploy(id);
    fronts.add(await idOf("front"));
    const since = await told(before);
    expect({ id, lost: since.lost }).toEqual({ id, lost: [] });
    expect(since.words).toContain(`web says ${id}`);
  }
  expect((await told(mark)).lost).toEqual([]);
  const all = (await told(undefined)).words;
  expect(all.match(/front says hello/g)).toHaveLength(fronts.size);
  // Else this test has not met what it is for.
  expect(fronts.size).toBeGreaterThan(1);
  expect(all.match(/data says hello/g)).toHaveLength(1);
  expect(await idOf("data")).toBe(data);
});
