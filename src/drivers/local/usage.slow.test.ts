import { expect, test } from "vitest";
import { openLocalTarget, release } from "../../../test/rig/local-target.ts";

test("tells memory and processor time of the front door and of each process of the release", async () => {
  await using target = await openLocalTarget();
  const driver = target.driver();
  const act = target.act();
  expect(await driver.usage?.(act)).toEqual([]);
  await driver.stage(release("v1"), await target.source("v1"), act);
  await driver.activate(release("v1"), act);
  const before = (await driver.usage?.(act)) ?? [];
  expect(before.map(({ part }) => part).toSorted()).toEqual(["front-door", "v1+abc/web"]);
  for (const { memoryBytes } of before) expect(memoryBytes).toBeGreaterThan(10_000_000);
  for (let asked = 0; asked < 300; asked++) await (await fetch(target.url)).text();
  const after = (await driver.usage?.(act)) ?? [];
  for (const { part, pid, cpuMs } of before) {
    const later = after.find((each) => each.pid === pid);
    expect([part, later?.part, (later?.cpuMs ?? 0) > cpuMs]).toEqual([part, part, true]);
  }
});
