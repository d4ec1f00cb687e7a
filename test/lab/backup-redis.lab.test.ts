import { afterAll, beforeAll, expect, test } from "vitest";
import { backup } from "../../src/steps/backup/index.ts";
import { fakeWork, type Given } from "../rig/fake-work.ts";
import { openInsideStack, type InsideStack } from "./rig/inside-stack.ts";

const STACK = `version: "3.7"
services:
  redis:
    image: lab/redis:7
    command: [redis-server, --protected-mode, "no", --appendonly, "yes", --appendfsync, always]
    volumes: ["data:/data"]
    healthcheck:
      test: [CMD, redis-cli, ping]
      interval: 1s
      retries: 30
volumes:
  data: {}
`;

let stack: InsideStack;

beforeAll(async () => {
  stack = await openInsideStack("w5redis", {}, STACK);
});

afterAll(() => stack?.[Symbol.asyncDispose]());

async function redis(...words: readonly string[]): Promise<string> {
  const place = { part: "redis", as: "running" as const };
  const placed = await stack.driver.inside?.({ argv: ["redis-cli", ...words] }, place, stack.act());
  if (placed === undefined) throw new Error("runs nothing inside");
  const { stdout, ended, tail } = await stack.shell.look(placed, { timeoutMs: 30_000 });
  if (ended.how !== "exit" || ended.code !== 0) throw new Error(tail);
  return stdout.trim();
}

test("what is restored under a database that has its files open is what it answers, and stays so", async () => {
  await redis("set", "mark", "before");
  const given: Given = {
    shell: stack.shell,
    release: stack.release,
    drivers: { stack: stack.driver },
    spec: {
      volume: { in: "stack/redis", path: "/data" },
      restore_on_rollback: true,
      at_least: "1B",
    },
    stepsAfter: [{ id: "up", kind: "deploy" }],
    factsOf: { up: { changes_data: true } },
  };
  await using fake = await fakeWork(backup, given);
  const { outcome, facts = {} } = await backup.run(fake.work);
  expect(outcome).toBe("passed");
  await redis("set", "mark", "after");
  await redis("set", "other", "new");
  await using after = await fakeWork(backup, { ...given, facts, folder: fake.folder });

  expect(await backup.undo?.(after.work)).toMatchObject({ outcome: "passed" });
  expect([await redis("get", "mark"), await redis("get", "other")]).toEqual(["before", ""]);

  await redis("set", "later", "kept");
  await stack.driver.stop?.(stack.act());
  await stack.driver.activate(stack.release, stack.act());
  expect([await redis("get", "mark"), await redis("get", "later")]).toEqual(["before", "kept"]);
});
