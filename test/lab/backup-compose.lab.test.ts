import { afterAll, beforeAll, expect, test } from "vitest";
import { backup } from "../../src/steps/backup/index.ts";
import { fakeWork, type Given } from "../rig/fake-work.ts";
import { openInsideStack, type InsideStack } from "./rig/inside-stack.ts";

let stack: InsideStack;

beforeAll(async () => {
  stack = await openInsideStack("h4inside");
  await ask("db", "createdb -h /tmp -U app postgres 2>/dev/null || :");
  await ask(
    "db",
    'psql -qX -h /tmp -U app -d exams -c "CREATE TABLE marks AS SELECT n, md5(n::text) FROM generate_series(1, 5000) n"',
  );
  await ask("web", "head -c 200000 /dev/urandom > /data/one && echo two > /data/two");
});

afterAll(() => stack?.[Symbol.asyncDispose]());

async function ask(part: string, script: string): Promise<string> {
  const command = { argv: ["sh", "-euc", script] as const };
  const place = { part, as: "running" as const };
  const placed = await stack.driver.inside?.(command, place, stack.act());
  if (placed === undefined) throw new Error("runs nothing inside");
  const { stdout, ended, tail } = await stack.shell.look(placed, { timeoutMs: 30_000 });
  if (ended.how !== "exit" || ended.code !== 0) throw new Error(tail);
  return stdout.trim();
}

const DATABASE = {
  postgres: { in: "stack/db", host: "/tmp", user: "app", database: "exams" },
  ask: () =>
    ask("db", "psql -qXAt -h /tmp -U app -d exams -c 'SELECT count(*), sum(n) FROM marks'"),
  spoil: () => ask("db", "psql -qX -h /tmp -U app -d exams -c 'DELETE FROM marks'"),
};
const files = (how: string) => ({
  volume: { in: "stack/web", path: "/data", while: how },
  ask: () => ask("web", "cd /data && ls -a && sha256sum *"),
  spoil: () => ask("web", "cd /data && rm one && echo three > three"),
});

test.each([
  ["PostgreSQL", DATABASE],
  ["a volume in use", files("running")],
  ["a volume whose target is stopped", files("stopped")],
])("%s in a stack of the compose driver is backed up and put back", async (_, thing) => {
  const { ask: look, spoil, ...spec } = thing;
  const before = await look();
  const given: Given = {
    shell: stack.shell,
    release: stack.release,
    drivers: { stack: stack.driver },
    spec: { ...spec, restore_on_rollback: true },
    step: { spec },
    stepsAfter: [{ id: "up", kind: "deploy" }],
    factsOf: { up: { changes_data: true } },
  };
  await using fake = await fakeWork(backup, given);
  const { outcome, facts = {} } = await backup.run(fake.work);
  expect(outcome).toBe("passed");
  await spoil();
  await using after = await fakeWork(backup, { ...given, facts, folder: fake.folder });

  expect(await backup.undo?.(after.work)).toMatchObject({ outcome: "passed" });
  expect(await look()).toBe(before);
});
