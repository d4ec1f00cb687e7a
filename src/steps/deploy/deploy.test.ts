import { expect, test } from "vitest";
import { Fault } from "../../model/failure.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import type { Release } from "../../model/release.ts";
import type { Act, Driver } from "../../ports/driver.ts";
import {
  fakePreparation,
  fakeWork,
  type FakeWork,
  type Given,
} from "../../../test/rig/fake-work.ts";
import { deploy } from "./index.ts";

const v1: Release = { id: "v1+1111111", name: "v1", commit: "1".repeat(40), ref: "refs/tags/v1" };
const v2: Release = { id: "v2+2222222", name: "v2" };
const never = new Fault({
  code: "release-never-healthy",
  what: "It never answered.",
  fix: "Read up.log.",
});
const asFact = (release: Release | undefined) => (release ?? null) as unknown as Json;

/** A target in memory that says what it was asked to do. */
function target(serving: Release | undefined, refuse: Partial<Record<keyof Driver, Fault>> = {}) {
  const asked: string[] = [];
  const acts: Act[] = [];
  let current = serving;
  const note = (what: keyof Driver, about: string, act: Act) => {
    asked.push(`${what} ${about}`);
    acts.push(act);
    act.say(`${what} ${about}`);
    const fault = refuse[what];
    if (fault) throw fault;
  };
  const driver: Driver = {
    current: async () => current,
    stage: async ({ name }, from, act) => note("stage", `${name} from ${from}`, act),
    ready: async ({ name }, act) => note("ready", name, act),
    activate: async (release, act) => {
      note("activate", release.name, act);
      current = release;
    },
    retire: async (release, act) => {
      note("retire", release?.name ?? "everything", act);
      if (release === undefined || release.id === current?.id) current = undefined;
    },
    settle: async (act) => note("settle", "", act),
    state: async () => {
      if (refuse.state) throw refuse.state;
      return [{ name: "web", release: "v2", state: "running", healthy: true, restarts: 2 }];
    },
    logs: async ({ maxBytes }) => `web | at most ${maxBytes}\n`,
  };
  return { driver, asked, acts, serving: () => current };
}

type Target = ReturnType<typeof target>;

function on(stack: Target, given: Given = {}): Promise<FakeWork> {
  const spec = { target: "stack", from: "/files", ...(given.spec as object) };
  return fakeWork(deploy, { release: v2, drivers: { stack: stack.driver }, ...given, spec });
}

test("notes what serves before it touches anything, then stages and activates", async () => {
  const stack = target(v1);
  await using fake = await on(stack);

  const result = await deploy.run(fake.work);

  expect(fake.notes).toEqual([
    { previous: v1, release: v2 },
    { changes_data: true, untouched_hosts: [] },
  ]);
  expect(stack.asked).toEqual(["stage v2 from /files", "activate v2"]);
  expect(result).toMatchObject({
    outcome: "passed",
    summary: "v2 serves on stack, in place of v1",
    facts: { previous: v1, release: v2 },
    evidence: [{ name: "up.log" }, { name: "ps_final.log" }],
  });
  expect(fake.kept.get("up.log")).toBe("stage v2 from /files\nactivate v2\n");
  expect(fake.kept.get("ps_final.log")).toMatch(/^web +v2 +running +healthy +2$/m);
});

test("notes where the logs end before it touches anything, and only once", async () => {
  const stack = target(v1);
  const driver = { ...stack.driver, logMark: async () => ({ web: stack.asked.length }) };
  await using fake = await on(stack, { drivers: { stack: driver } });

  await deploy.run(fake.work);
  await deploy.run(fake.work);

  expect(fake.notes.filter((facts) => "log_mark" in facts)).toEqual([
    { previous: v1, release: v2, log_mark: { web: 0 } },
  ]);
});

test("notes nothing before the target could be asked what it serves", async () => {
  const stack = target(v1);
  const silent = new Fault({
    code: "target-silent",
    what: "It does not answer.",
    fix: "Start it.",
  });
  stack.driver.current = () => Promise.reject(silent);
  await using fake = await on(stack);

  await expect(deploy.run(fake.work)).rejects.toThrow(silent);
  expect([fake.notes, stack.asked]).toEqual([[], []]);
});

test("a second attempt keeps what served before the run, not what the first attempt left", async () => {
  const stack = target(v2);
  await using fake = await on(stack, {
    attempt: 2,
    facts: { previous: asFact(v1), release: asFact(v2) },
  });

  const result = await deploy.run(fake.work);

  expect(result.facts).toMatchObject({ previous: v1 });
  expect(fake.notes).toEqual([{ changes_data: true, untouched_hosts: [] }]);
});

test("proves a release again that is already there, and says so", async () => {
  const stack = target(v2);
  await using fake = await on(stack);

  const result = await deploy.run(fake.work);

  expect(result).toMatchObject({
    outcome: "passed",
    summary: expect.stringContaining("already there"),
  });
  expect(stack.asked).toContain("activate v2");
});

test("fails in the driver's own words, with its commentary kept", async () => {
  const stack = target(v1, { activate: never });
  await using fake = await on(stack);

  const result = await deploy.run(fake.work);

  expect(result).toMatchObject({
    outcome: "failed",
    failure: { code: "release-never-healthy" },
    facts: { previous: v1 },
  });
  expect(result.evidence).toMatchObject([{ name: "up.log" }]);
  expect(fake.kept.get("up.log")).toContain("It never answered.");
});

test.each([
  ["once it has failed", {}, [["app2", "app3"]]],
  ["less those of an attempt before", { untouched_hosts: ["app3"] }, [["app3"]]],
  ["none after an attempt that was lost", { untouched_hosts: [] }, []],
])("notes on which hosts nothing was done: %s", async (_, facts, noted) => {
  const begun = "untouched_hosts" in facts ? { ...facts, changes_data: true } : {};
  const stack = target(v1);
  const failure = { code: "release-never-healthy", what: "It died.", fix: "Mend it." };
  stack.driver.activate = () => Promise.reject(new Fault(failure, { untouched: ["app2", "app3"] }));
  await using fake = await on(stack, { facts: begun });

  expect(await deploy.run(fake.work)).toMatchObject({ outcome: "failed" });

  const before = { changes_data: true, untouched_hosts: [] };
  expect(fake.notes.slice(1)).toEqual([
    before,
    ...noted.map((each) => ({ untouched_hosts: each })),
  ]);
});

test("says before it activates, and not before, that data may change: a crash can't hide it", async () => {
  const stack = target(v1);
  await using fake = await on(stack);
  const seen: Record<string, boolean> = {};
  const look = (what: string) => (seen[what] = fake.notes.some((facts) => facts["changes_data"]));
  stack.driver.stage = async () => void look("stage");
  stack.driver.activate = async () => void look("activate");

  await deploy.run(fake.work);

  expect(seen).toEqual({ stage: false, activate: true });
});

test("keeps what the driver counted, when it went well and when it did not", async () => {
  const stack = target(v1);
  stack.driver.activate = async (_, act) => {
    act.count?.("lost_requests", 1);
    act.count?.("lost_requests", 2);
    throw never;
  };
  await using fake = await on(stack);

  expect(await deploy.run(fake.work)).toMatchObject({ numbers: { lost_requests: 3 } });
  stack.driver.activate = async (_, act) => {
    act.count?.("switched_requests", 700);
    act.count?.("lost_requests", 0);
  };
  expect(await deploy.run(fake.work)).toMatchObject({
    summary: "v2 serves on stack, in place of v1; 0 of 700 requests lost",
    numbers: { parts: 1, switched_requests: 700, lost_requests: 0 },
  });
});

test("a mistake of ours stays a mistake", async () => {
  const stack = target(v1);
  stack.driver.stage = () => Promise.reject(new TypeError("ours"));
  await using fake = await on(stack);

  await expect(deploy.run(fake.work)).rejects.toThrow(TypeError);
});

test("gives the new release no longer than healthy_within", async () => {
  const stack = target(v1);
  await using fake = await on(stack, { spec: { healthy_within: "9s" } });

  await deploy.run(fake.work);

  expect(stack.acts.map(({ timeoutMs }) => timeoutMs)).toEqual([30_000, 9_000]);
});

test("gives the release before no longer than healthy_within when it comes back", async () => {
  const stack = target(v2);
  const facts = { previous: asFact(v1), release: asFact(v2) };
  await using fake = await on(stack, { spec: { healthy_within: "9s" }, facts });

  await deploy.undo?.(fake.work);

  expect(stack.acts.map(({ timeoutMs }) => timeoutMs)).toEqual([9_000, 30_000]);
});

test("waits 90 s for a healthy release unless the plan says otherwise", () => {
  expect(deploy.spec.parse({ target: "stack" })).toMatchObject({ healthy_within: 90_000 });
});

test("refuses to run without a release", async () => {
  await using fake = await on(target(v1), { release: undefined });

  await expect(deploy.run(fake.work)).rejects.toMatchObject({ failure: { code: "no-release" } });
});

test("keeps state and logs before anything is undone", async () => {
  await using fake = await on(target(v2));

  expect(await deploy.evidence?.(fake.work)).toMatchObject({
    outcome: "passed",
    evidence: [{ name: "ps_final.log" }, { name: "logs_full.log" }],
  });
  expect(fake.kept.get("logs_full.log")).toBe("web | at most 1048576\n");
});

test("keeps what the target's own tools tell of each part, where they can be asked", async () => {
  const stack = target(v2);
  stack.driver.inspect = async () => '[{"OOMKilled":true}]\n';
  await using fake = await on(stack);

  expect(await deploy.evidence?.(fake.work)).toMatchObject({
    outcome: "passed",
    evidence: [{ name: "ps_final.log" }, { name: "logs_full.log" }, { name: "inspect.json" }],
  });
  expect(fake.kept.get("inspect.json")).toContain("OOMKilled");
});

test("keeps the logs even when the state can't be had", async () => {
  await using fake = await on(target(v2, { state: never }));

  expect(await deploy.evidence?.(fake.work)).toMatchObject({
    outcome: "error",
    failure: { code: "release-never-healthy" },
    evidence: [{ name: "logs_full.log" }],
  });
});

interface WayBack {
  readonly story: string;
  readonly facts: Record<string, Json>;
  readonly serving: Release | undefined;
  readonly probed: readonly string[];
  readonly undone: readonly string[];
  readonly after: Release | undefined;
}

const back: readonly WayBack[] = [
  {
    story: "the release before serves again, and the new one is ended",
    facts: { previous: asFact(v1), release: asFact(v2) },
    serving: v2,
    probed: ["ready v1"],
    undone: ["activate v1", "retire v2"],
    after: v1,
  },
  {
    story: "a fresh target is fresh again",
    facts: { previous: null, release: asFact(v2) },
    serving: v2,
    probed: [],
    undone: ["retire everything"],
    after: undefined,
  },
  {
    story: "a release that was there before is not ended",
    facts: { previous: asFact(v2), release: asFact(v2) },
    serving: v2,
    probed: ["ready v2"],
    undone: ["activate v2"],
    after: v2,
  },
  {
    story: "a target that was never touched stays alone",
    facts: {},
    serving: v1,
    probed: [],
    undone: [],
    after: v1,
  },
];

/** A step that has put the release in place before: what comes back after the deploy still works in its files. */
const stagedApart: Given = {
  steps: [{ id: "early", kind: "stage", spec: { target: "stack" } }],
  factsOf: { early: { staged: true } },
};

test("a release that a step of its own has put in place keeps its files until that step is taken back", async () => {
  const stack = target(v2);
  const facts = { previous: asFact(v1), release: asFact(v2) };
  await using fake = await on(stack, { ...stagedApart, facts, phase: "undo" });
  expect(await deploy.undo?.(fake.work)).toMatchObject({ outcome: "passed" });
  expect(stack.asked).toEqual(["activate v1"]);
});

test("the same after a first deploy: it is stopped alone", async () => {
  const stack = target(v2);
  const stop = async () => void stack.asked.push("stop");
  const facts = { previous: null, release: asFact(v2) };
  await using fake = await on(
    { ...stack, driver: { ...stack.driver, stop } },
    { ...stagedApart, facts, phase: "undo" },
  );
  expect(await deploy.undo?.(fake.work)).toMatchObject({ outcome: "passed" });
  expect(stack.asked).toEqual(["stop"]);
});

test.each(back)("taking back: $story", async ({ facts, serving, probed, undone, after }) => {
  const stack = target(serving);
  await using fake = await on(stack, { facts, phase: "undo" });

  expect(await deploy.probe?.(fake.work)).toMatchObject({ outcome: "passed" });
  expect(stack.asked.splice(0)).toEqual(probed);
  expect(await deploy.undo?.(fake.work)).toMatchObject({ outcome: "passed" });
  expect(stack.asked).toEqual(undone);
  expect(await deploy.prove?.(fake.work)).toMatchObject({ outcome: "passed" });
  expect(stack.serving()).toEqual(after);
});

test("taking back twice is taking back once", async () => {
  const stack = target(v2);
  await using fake = await on(stack, { facts: { previous: asFact(v1), release: asFact(v2) } });

  await deploy.undo?.(fake.work);
  expect(await deploy.undo?.(fake.work)).toMatchObject({
    outcome: "passed",
    evidence: [{ name: "rollback_down.2.log" }],
  });
  expect(stack.serving()).toEqual(v1);
});

test.each([
  ["was taken", {}, "activate v1\nretire v2\nwhat runs now"],
  ["was refused", { activate: never }, "Read up.log.\n"],
])("what is kept of a way back that %s ends with what runs now", async (_, refuse, said) => {
  await using fake = await on(target(v2, refuse), {
    facts: { previous: asFact(v1), release: asFact(v2) },
    phase: "undo",
  });

  await deploy.undo?.(fake.work);
  const kept = fake.kept.get("rollback_down.log") ?? "";
  expect(kept).toContain(said);
  expect(kept).toMatch(/what runs now on stack:\nPART .*\nweb +v2 +running +healthy +2/);
});

test("says that the way back is closed before it is taken", async () => {
  await using fake = await on(target(v2, { ready: never }), { facts: { previous: asFact(v1) } });

  await expect(deploy.probe?.(fake.work)).rejects.toThrow(never);
});

test("a rollback that the driver refuses is failed, with its words kept", async () => {
  await using fake = await on(target(v2, { activate: never }), { facts: { previous: asFact(v1) } });

  expect(await deploy.undo?.(fake.work)).toMatchObject({
    outcome: "failed",
    failure: { code: "release-never-healthy" },
    evidence: [{ name: "rollback_down.log" }],
  });
});

test.each([
  [asFact(v1), v2],
  [asFact(v1), undefined],
  [null, v2],
])(
  "is not proven back when %j was there before and something else serves",
  async (previous, serving) => {
    await using fake = await on(target(serving), { facts: { previous } });

    expect(await deploy.prove?.(fake.work)).toMatchObject({
      outcome: "failed",
      failure: { code: "previous-not-back" },
    });
  },
);

test("tidies up once the run is accepted", async () => {
  const stack = target(v2);
  await using fake = await on(stack);

  expect(await deploy.accept?.(fake.work)).toMatchObject({ outcome: "passed" });
  expect(stack.asked).toEqual(["settle "]);
});

const parsed = (spec: unknown) => deploy.spec.parse(spec) as JsonObject;

test.each<[string, string, readonly { id: string; kind: string }[], string[]]>([
  ["an unknown target", "stak", [{ id: "c", kind: "checkout" }], ["blame-target"]],
  ["a deploy without a checkout before it", "stack", [{ id: "b", kind: "backup" }], ["blame-step"]],
  ["nothing when all is well", "stack", [{ id: "c", kind: "checkout" }], []],
])("validate refuses %s", (_, name, before, blamed) => {
  const prepared = deploy.prepare?.(
    parsed({ target: name }),
    fakePreparation({ targets: ["stack"], before }),
  );

  expect(prepared?.diagnostics.map(({ code }) => code)).toEqual(blamed);
});

test("takes the files from the nearest checkout, unless the plan names a folder", () => {
  const preparation = fakePreparation({
    targets: ["stack"],
    before: [{ id: "c", kind: "checkout" }],
  });
  const from = (spec: object) =>
    deploy.prepare?.(parsed({ target: "stack", ...spec }), preparation).spec["from"];

  expect([from({}), from({ from: "dist" }), from({ from: "/srv/site" })]).toEqual([
    "${steps.c.path}",
    "${steps.c.path}/dist",
    "/srv/site",
  ]);
});
