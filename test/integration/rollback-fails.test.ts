import { existsSync, readdirSync, renameSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { makeGatedShop, type GatedShop } from "../rig/gated-shop.ts";
import { CAN_SEE_PROCESSES, processesOf } from "../rig/processes.ts";
import { until } from "../rig/sailing.ts";

async function withV1(): Promise<GatedShop> {
  const shop = await makeGatedShop();
  const first = await shop.seaworthy(["run", "deploy", ...shop.inputs("v1")]);
  expect(first.exit, first.err).toBe(0);
  return shop;
}

const deploy = (shop: GatedShop, tag: string, check: "true" | "false") =>
  shop.seaworthy(["run", "deploy", ...shop.inputs(tag, check)]);

async function isLocked(shop: GatedShop): Promise<boolean> {
  const { out } = await shop.seaworthy(["env", "list", "--json"]);
  return (
    (JSON.parse(out) as { environments: { lock?: object }[] }).environments[0]?.lock !== undefined
  );
}

/** Exit 5, the lock, what status says, and that nobody else gets in. */
async function expectLocked(shop: GatedShop, serves: string): Promise<string> {
  const status = await shop.seaworthy(["status"]);
  expect(status.out).toContain("2 deploy v3: rollback failed");
  expect(status.out).toContain(`web: ${serves}`);
  expect(status.out).toContain("staging is locked");
  expect(status.out).toContain("seaworthy resume 2");
  const next = await deploy(shop, "v2", "true");
  expect(next.exit, next.err).toBe(10);
  expect(next.err).toContain("belongs to run 2, which is not finished: rollback failed");
  expect(next.err).toContain("seaworthy resume 2");
  expect(await shop.answers()).toBe(serves);
  return status.out;
}

async function expectMended(shop: GatedShop): Promise<void> {
  const resumed = await shop.seaworthy(["resume"]);
  expect(resumed.exit, resumed.err).toBe(4);
  expect(resumed.out).toMatch(/Run 2 rolled back.*: staging is back on v1/);
  expect(await shop.answers()).toBe("v1");
  expect(await isLocked(shop)).toBe(false);
  expect((await deploy(shop, "v3", "true")).exit).toBe(0);
  expect(await shop.answers()).toBe("v3");
}

describe("a rollback that fails", () => {
  test("because an undo says no leaves the environment locked with its state said, and goes on after mending", async () => {
    await using shop = await withV1();
    shop.spoil("undo-first");
    const unfit = await deploy(shop, "v3", "false");
    expect(unfit.exit, unfit.err).toBe(5);
    expect(unfit.out).toContain("could not be rolled back: staging is locked and needs a person");
    expect(unfit.out).toContain("seaworthy resume 2");
    expect(unfit.err).toMatch(/✗ first \(attempt 2\): not taken back.*\n.*exit code 1/);
    // What was taken back already is back: first is undone last.
    const status = await expectLocked(shop, "v1");
    expect(status).toMatch(/up\s+taken back/);
    expect(status).toMatch(/second\s+taken back/);
    expect(status).toMatch(/first\s+not taken back: sh count.sh undo-first ended with exit code 1/);
    expect(shop.counted()).toMatchObject({ "undo-first": 2, "undo-second": 1 });
    shop.mend("undo-first");
    await expectMended(shop);
    expect(shop.counted()).toMatchObject({ "undo-first": 3, "undo-second": 1 });
  });

  test("because the release before is gone is noticed before anything is taken, and goes on once it is there again", async () => {
    await using shop = await withV1();
    const releases = path.join(shop.folder, ".seaworthy/targets/staging/web/releases");
    const v1 = readdirSync(releases).filter((name) => name.startsWith("v1+"));
    expect(v1.length).toBeGreaterThan(0);
    shop.close("third");
    const running = deploy(shop, "v3", "false");
    await shop.reached("third");
    for (const name of v1)
      renameSync(path.join(releases, name), path.join(shop.folder, `gone-${name}`));
    shop.open("third");
    const unfit = await running;
    expect(unfit.exit, unfit.err).toBe(5);
    expect(unfit.err).toMatch(/✗ up: the way back is not there/);
    expect(shop.counted()).not.toHaveProperty("undo-first");
    expect(shop.counted()).not.toHaveProperty("undo-second");
    const status = await expectLocked(shop, "v3");
    expect(status).toMatch(/up\s+not taken back: v1\S* can't serve on web/);
    expect(status).toMatch(/second\s+not taken back yet/);
    expect(status).toMatch(/first\s+not taken back yet/);
    for (const name of v1)
      renameSync(path.join(shop.folder, `gone-${name}`), path.join(releases, name));
    await expectMended(shop);
    expect(shop.counted()).toMatchObject({ "undo-first": 1, "undo-second": 1 });
  });
});

async function isFresh(shop: GatedShop): Promise<void> {
  expect(await shop.answers()).toBeUndefined();
  const status = await shop.seaworthy(["status"]);
  expect(status.out).toContain("web: nothing");
  expect(status.out).toContain("1 deploy v3: rolled back");
  expect(await isLocked(shop)).toBe(false);
  await until(
    () => processesOf(shop.folder).every(({ words }) => words.includes(" keeper ")),
    () => `the end of ${JSON.stringify(processesOf(shop.folder))}`,
  );
}

describe.runIf(CAN_SEE_PROCESSES)("a first deploy with nothing to go back to", () => {
  test("that is not fit leaves a fresh target and no process, and the next one is a first one again", async () => {
    await using shop = await makeGatedShop();
    const unfit = await deploy(shop, "v3", "false");
    expect(unfit.exit, unfit.err).toBe(4);
    expect(unfit.out).toContain("staging is back on nothing, as before, proven");
    await isFresh(shop);
    expect(existsSync(path.join(shop.folder, ".seaworthy/runs/1/logs_full.log"))).toBe(true);
    expect((await deploy(shop, "v4", "true")).exit).toBe(0);
    expect(await shop.answers()).toBe("v4");
  });

  test("that never gets healthy leaves a fresh target and no process", async () => {
    await using shop = await makeGatedShop();
    shop.write(
      "seaworthy.yaml",
      shop
        .read("seaworthy.yaml")
        .replace("version: version }", "version: version, within: 2s }")
        .replace("healthy_within: 30s", "healthy_within: 2s"),
    );
    shop.close("listen");
    const unfit = await deploy(shop, "v3", "true");
    expect(unfit.exit, unfit.err).toBe(4);
    expect(unfit.out).toMatch(/v3 did not become healthy: .*[^.]\.\n/);
    expect(unfit.out).toContain("Its log is empty");
    await isFresh(shop);
  });
});
