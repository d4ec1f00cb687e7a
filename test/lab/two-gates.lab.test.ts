import { chmodSync, rmSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { setSail, until } from "../rig/sailing.ts";
import { lightStackBeside, type LightStack, openLightStack } from "./rig/light-stack.ts";

const NAME = "w1gates";
const PORT = 25_010;
const TAGS = ["v1", "v2", "v3"];

let stack: LightStack;
beforeEach(async () => {
  stack = await openLightStack(NAME, PORT, TAGS);
});
afterEach(() => stack[Symbol.asyncDispose]());

async function sail(on: LightStack, words: readonly string[], exit: number): Promise<string> {
  const ended = await setSail(on.folder, words).ended;
  expect(ended.exit, ended.err + ended.out).toBe(exit);
  return ended.err + ended.out;
}

test("a second gate on the environment is refused at once, touches nothing, and the first goes on", async () => {
  await sail(stack, stack.deploy("v1"), 0);
  const [closed, there] = ["closed", "there"].map((name) => path.join(stack.folder, name));
  stack.write("closed", "");
  stack.write(
    "judge",
    `#!/bin/sh\ntouch '${there}'\nwhile [ -e '${closed}' ]; do sleep 0.05; done\n`,
  );
  const judge = path.join(stack.folder, "judge");
  chmodSync(judge, 0o755);
  await using first = setSail(stack.folder, stack.gate("v2", judge));
  await until(
    () => first.said().includes("fit …"),
    () => `the judge; until now:\n${first.said()}`,
    120_000,
  );
  const before = { picture: await stack.picture(), counted: stack.counted() };

  for (const words of [stack.gate("v3"), stack.deploy("v3")]) {
    const refused = await sail(stack, words, 10);
    expect(refused).toMatch(/held by run 2, started by ana@/);
    expect(refused).toContain(`pid ${first.pid} `);
  }

  expect({ picture: await stack.picture(), counted: stack.counted() }).toEqual(before);
  rmSync(closed ?? "");
  expect((await first.ended).exit, first.said()).toBe(0);
  expect(await stack.notWhole("v2")).toEqual([]);
  expect(stack.counted()).toEqual({ first: 2, third: 2 });
});

describe("another project's folder that means a stack of the same name", () => {
  test.each(["deploy", "gate"] as const)("is refused by %s, and changes nothing", async (plan) => {
    await sail(stack, stack.deploy("v1"), 0);
    const before = await stack.picture();
    await using other = lightStackBeside(NAME, PORT, TAGS);

    const refused = await sail(other, other[plan]("v2"), 4);

    expect(refused).toContain(`A stack called ${NAME} is there (${NAME}-`);
    expect(refused).toMatch(/another target of Seaworthy has put it there/);
    expect(refused).toMatch(/fix: .*another `name`/);
    expect(await stack.picture()).toEqual(before);
    expect(await stack.notWhole("v1")).toEqual([]);
    // Whose it is goes on with it.
    await sail(stack, stack.deploy("v3"), 0);
    expect(await stack.notWhole("v3")).toEqual([]);
  });
});
