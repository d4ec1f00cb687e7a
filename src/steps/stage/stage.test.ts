import { expect, test } from "vitest";
import { Fault } from "../../model/failure.ts";
import type { Release } from "../../model/release.ts";
import type { Act, Driver } from "../../ports/driver.ts";
import { fakePreparation, fakeWork } from "../../../test/rig/fake-work.ts";
import { stage } from "./index.ts";

const v1: Release = { id: "v1+1", name: "v1" };
const v2: Release = { id: "v2+2", name: "v2" };

function target(serving: Release | undefined, refusal?: Fault) {
  const asked: string[] = [];
  const note = (what: string, act: Act) => {
    asked.push(what);
    act.say(what);
    if (refusal) throw refusal;
  };
  const driver: Driver = {
    current: async () => serving,
    stage: async ({ name }, from, act) => note(`stage ${name} from ${from}`, act),
    ready: async () => undefined,
    activate: async () => undefined,
    retire: async (release, act) => note(`retire ${release?.name}`, act),
    settle: async () => undefined,
    state: async () => [],
    logs: async () => "",
  };
  return { driver, asked };
}

const on = ({ driver }: ReturnType<typeof target>, more: object = {}) =>
  fakeWork(stage, {
    release: v2,
    drivers: { hub: driver },
    spec: { target: "hub", from: "/files" },
    ...more,
  });

test("puts the release in place and activates nothing", async () => {
  const hub = target(v1);
  await using fake = await on(hub);

  expect(await stage.run(fake.work)).toMatchObject({
    outcome: "passed",
    summary: "v2 is in place on hub",
    evidence: [{ name: "stage.log" }],
  });
  expect(hub.asked).toEqual(["stage v2 from /files"]);
});

test("fails in the driver's own words", async () => {
  const full = new Fault({ code: "host-disk", what: "The disk is full.", fix: "Make room." });
  await using fake = await on(target(v1, full));

  expect(await stage.run(fake.work)).toMatchObject({
    outcome: "failed",
    failure: { code: "host-disk" },
  });
});

test("begins nothing where it can't be asked what serves, and then has nothing to take back", async () => {
  const hub = target(v1);
  const gone = new Fault({ code: "host-unreachable", what: "It is down.", fix: "Start it." });
  const driver: Driver = { ...hub.driver, current: () => Promise.reject(gone) };
  await using fake = await on({ ...hub, driver });

  await expect(stage.run(fake.work)).rejects.toBe(gone);
  expect(fake.notes).toEqual([]);
  await using back = await on({ ...hub, driver }, { phase: "undo" });
  expect(await stage.undo?.(back.work)).toMatchObject({ summary: "nothing was done to hub" });
  expect(hub.asked).toEqual([]);
});

test("needs a release", async () => {
  await using fake = await on(target(v1), { release: undefined });
  await expect(stage.run(fake.work)).rejects.toMatchObject({ failure: { code: "no-release" } });
});

test.each([
  ["removes what does not serve", v1, ["retire v2"]],
  ["leaves alone what serves", v2, []],
])("taking back %s", async (_, serving, asked) => {
  const hub = target(serving);
  await using fake = await on(hub, { phase: "undo", facts: { staged: true } });

  expect(await stage.undo?.(fake.work)).toMatchObject({ outcome: "passed" });
  expect(hub.asked).toEqual(asked);
});

test("after a first deploy, which was only stopped, the target is made fresh", async () => {
  const hub = target(v2);
  await using fake = await on(hub, {
    phase: "undo",
    facts: { staged: true },
    stepsAfter: [{ id: "up", kind: "deploy", spec: { target: "hub" } }],
    factsOf: { up: { previous: null } },
  });
  expect(await stage.undo?.(fake.work)).toMatchObject({ summary: "hub is fresh again" });
  expect(hub.asked).toEqual(["retire undefined"]);
});

test("says that it has begun before it does anything", async () => {
  const full = new Fault({ code: "host-disk", what: "The disk is full.", fix: "Make room." });
  await using fake = await on(target(v1, full));
  await stage.run(fake.work);
  expect(fake.notes).toEqual([{ staged: true }]);
});

const complaints = (targets: string[], before: { id: string; kind: string }[]) => {
  const preparation = fakePreparation({ targets, before });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- parsed by its own schema
  const spec = stage.spec.parse({ target: "hub" }) as never;
  return stage.prepare?.(spec, preparation).diagnostics.length;
};

test("validate refuses a target that is not there, and a plan without a release", () => {
  expect(complaints(["hub"], [{ id: "c", kind: "checkout" }])).toBe(0);
  expect(complaints(["web"], [{ id: "c", kind: "checkout" }])).toBe(1);
  expect(complaints(["hub"], [])).toBe(1);
});
