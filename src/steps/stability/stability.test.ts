import { describe, expect, test } from "vitest";
import { fakeWork } from "../../../test/rig/fake-work.ts";
import { scripted, type Reply } from "../../../test/rig/grading-app.ts";
import { preparation } from "../../../test/rig/step-work.ts";
import { Fault } from "../../model/failure.ts";
import type { Result } from "../../model/event.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Driver, Part } from "../../ports/driver.ts";
import { stability } from "./index.ts";

const RELEASE = { id: "v2+1", name: "v2" };
const DOOR: Part = { name: "front-door", release: "v2+1", state: "running", restarts: 0 };
const WEB: Part = { name: "web", release: "v2+1", state: "running", healthy: true, restarts: 1 };
const OLD: Part = { name: "web", release: "v1+0", state: "running", restarts: 0 };
const WELL = { body: '{"version":"v2"}' };
const SPEC = {
  target: "stack",
  for: "60s",
  every: "10s",
  health: "http://staging.test/api/health/",
};

type States = (sample: number) => readonly Part[];

interface Given {
  readonly spec?: object;
  readonly states?: States;
  readonly reply?: (asked: number) => Reply;
  readonly release?: object | undefined;
  readonly clock?: (clock: Clock) => Clock;
}

async function watch(given: Given = {}) {
  const { spec, states = () => [DOOR, WEB, OLD], reply = () => WELL } = given;
  let looks = 0;
  let asks = 0;
  const driver = { state: async () => states(++looks) } as unknown as Driver;
  await using fake = await fakeWork(stability, {
    spec: { ...SPEC, ...spec },
    drivers: { stack: driver },
    http: scripted(() => reply(++asks)),
    release: "release" in given ? (given.release as typeof RELEASE) : RELEASE,
  });
  const { work } = fake;
  const result: Result = await stability.run({
    ...work,
    timeoutMs: 3_600_000,
    clock: given.clock?.(work.clock) ?? work.clock,
  });
  return { result, log: fake.kept.get("stability.log") ?? "", said: [...fake.said], looks };
}

test("watches for the whole time, and keeps each sample", async () => {
  const { result, log, said } = await watch();
  expect(result).toMatchObject({
    outcome: "passed",
    summary: "stack ran for 1 m: 7 samples, 0 restarts",
    numbers: { samples: 7, wanted: 7, restarts: 0, failed: 0, durationMs: 60_000 },
    evidence: [{ name: "stability.log" }],
    warnings: [],
  });
  expect(log.split("\n").slice(0, 2)).toEqual([
    "[06:00:00] 1/7 front-door running, 0 restarts; web running, 1 restart; health: status 200 in 12 ms",
    "[06:00:10] 2/7 front-door running, 0 restarts; web running, 1 restart; health: status 200 in 12 ms",
  ]);
  expect(said).toHaveLength(7);
});

/** The third look shows something else. */
function third(...parts: readonly Part[]): States {
  return (sample) => (sample < 3 ? [DOOR, WEB, OLD] : parts);
}

test.each([
  ["a restart", third(DOOR, { ...WEB, restarts: 2 }), "web was restarted once"],
  ["a part that was started anew", third(DOOR, { ...WEB, restarts: 0 }), "web was restarted once"],
  [
    "a part that is being restarted",
    third(DOOR, { ...WEB, state: "restarting" }),
    "web is restarting",
  ],
  ["a part that ended", third(DOOR, { ...WEB, state: "stopped" }), "web is stopped"],
  ["a part that is gone", third(DOOR), "web is gone"],
  ["another release in its place", third(DOOR, OLD), "web is gone"],
  ["nothing any more", third(), "front-door is gone"],
  [
    "a part that says that it is not well",
    third(DOOR, { ...WEB, healthy: false }),
    "web says that it is not well",
  ],
  [
    "one that says why",
    third(DOOR, { ...WEB, healthy: false, detail: "last check: no\n queue" }),
    "web says that it is not well (last check: no queue)",
  ],
  [
    "one that ended of something known",
    third(DOOR, { ...WEB, state: "exited", detail: "it ran out of memory" }),
    "web is exited (it ran out of memory)",
  ],
])("ends at once at %s", async (_, states, what) => {
  const { result, log, looks } = await watch({ states });
  expect(result).toMatchObject({
    outcome: "failed",
    failure: {
      code: "stability-broken",
      what: `stack did not stay as it was: after 20 s of 1 m, ${what}.`,
      at: { line: 1 },
    },
    numbers: { samples: 3 },
  });
  expect(looks).toBe(3);
  expect(log).toContain(`← ${what}\n`);
});

describe("is never green", () => {
  test.each([
    [
      "when the health check fails once",
      () => ({ status: 503 }),
      "health: status 503, expected 200",
    ],
    [
      "when the old release answers",
      () => ({ body: '{"version":"v1"}' }),
      "health: answers as v1, expected v2",
    ],
    [
      "when a page without a release answers",
      () => ({ body: "<html>" }),
      "health: answers as a release that it does not name",
    ],
  ])("%s", async (_, other, what) => {
    const { result } = await watch({ reply: (asked) => (asked === 4 ? other() : WELL) });
    expect(result).toMatchObject({
      outcome: "failed",
      failure: { what: expect.stringContaining(`after 30 s of 1 m, ${what}`) as string },
    });
  });

  test("when nothing answers", async () => {
    const fault = { code: "http-unreachable", what: "No answer.", fix: "See." };
    const reply = () => {
      throw new Fault(fault);
    };
    expect((await watch({ reply })).result).toMatchObject({
      outcome: "failed",
      failure: { what: "stack did not stay as it was: after 0 ms of 1 m, health: No answer." },
    });
  });

  test.each([
    ["nothing runs", () => []],
    ["only the release before runs", () => [OLD, { ...DOOR, release: "v1+0" }]],
  ])("when %s", async (_, states) => {
    expect((await watch({ states })).result).toMatchObject({
      outcome: "inconclusive",
      failure: { code: "stability-nothing-runs" },
    });
  });

  test("when the first sample finds it ended already", async () => {
    const { result } = await watch({ states: () => [DOOR, { ...WEB, state: "stopped" }] });
    expect(result).toMatchObject({ outcome: "failed", numbers: { samples: 1 } });
  });

  test("when the target can't be looked at", async () => {
    const away = new Fault({ code: "target-silent", what: "The host is away.", fix: "See." });
    const states = (sample: number) => {
      if (sample === 1) return [DOOR, WEB];
      throw away;
    };
    expect((await watch({ states })).result).toMatchObject({
      outcome: "inconclusive",
      failure: {
        code: "stability-too-few-samples",
        what: "Only 1 of 7 samples could be taken in 1 m; 7 are the least. The host is away.",
      },
    });
  });

  test("when each look takes too long", async () => {
    let late = 0;
    const clock = (of: Clock): Clock => ({
      ...of,
      now: () => of.now() + late,
      monotonic: () => of.monotonic() + late,
    });
    const states = () => {
      late += 25_000;
      return [DOOR, WEB];
    };
    expect((await watch({ states, clock })).result).toMatchObject({
      outcome: "inconclusive",
      failure: { code: "stability-too-few-samples" },
    });
  });

  test("when the machine slept", async () => {
    let slept = 0;
    const clock = (of: Clock): Clock => ({ ...of, now: () => of.now() + slept });
    const states = () => {
      slept = 3_600_000;
      return [DOOR, WEB];
    };
    expect((await watch({ states, clock })).result).toMatchObject({
      outcome: "inconclusive",
      failure: { code: "stability-clock-jumped", what: expect.stringContaining("1 h") as string },
    });
  });

  test("when the step ends before the time is over", async () => {
    expect((await watch({ spec: { for: "2h" } })).result).toMatchObject({
      outcome: "error",
      failure: { code: "stability-no-time" },
    });
  });

  test("about a release that the plan does not know", async () => {
    const health = { get: SPEC.health, identity: { json: "$.version" } };
    expect((await watch({ spec: { health }, release: undefined })).result).toMatchObject({
      outcome: "inconclusive",
      failure: { code: "stability-no-release" },
    });
  });
});

test("what is tolerated is a warning", async () => {
  const { result } = await watch({
    spec: { restarts: 1, most_failed: 1 },
    states: (sample) => [DOOR, { ...WEB, restarts: sample < 4 ? 1 : 2 }],
    reply: (asked) => (asked === 4 ? { status: 502 } : WELL),
  });
  expect(result).toMatchObject({
    outcome: "passed",
    numbers: { restarts: 1, failed: 1 },
    warnings: ["1 sample found it unwell.", "It was restarted 1 time."],
  });
});

test("restarts of several parts count together", async () => {
  const { result } = await watch({
    spec: { restarts: 1 },
    states: (sample) => [
      { ...DOOR, restarts: sample < 3 ? 0 : 1 },
      { ...WEB, restarts: sample < 5 ? 1 : 2 },
    ],
  });
  expect(result).toMatchObject({
    outcome: "failed",
    failure: {
      what: expect.stringContaining(
        "its parts were restarted 2 times, and 1 are tolerated",
      ) as string,
    },
  });
});

test("where no release is known, what runs at the beginning is watched, and that is said", async () => {
  const { result } = await watch({
    release: undefined,
    states: () => [WEB, { ...OLD, state: "stopped" }],
  });
  expect(result).toMatchObject({
    outcome: "passed",
    warnings: ["Any release may have answered: this plan deploys none."],
  });
});

test("waits before the first sample", async () => {
  const { log } = await watch({ spec: { wait: "30s", health: undefined } });
  expect(log.split("\n")[0]).toBe(
    "[06:00:30] 1/7 front-door running, 0 restarts; web running, 1 restart",
  );
});

test.each([
  ["a target that is not there", { target: "other" }, "target"],
  ["two samples", { for: "10s", every: "10s" }, "every"],
  ["health that may always fail", { most_failed: 7 }, "most_failed"],
  ["a day", { for: "1d", every: "1m" }, "for"],
  ["a path that is none", { health: "api" }, "health.get"],
  ["any release without a reason", { health: { get: "/", identity: "none" } }, "health.identity"],
  [
    "an expectation that can't fail",
    { health: { get: "/", expect: { body: {} } } },
    "health.expect",
  ],
])("refuses %s", (_, spec, key) => {
  const parsed = stability.spec.parse({ ...SPEC, ...spec }) as JsonObject;
  const given = { ...preparation(), targets: ["stack"] };
  expect(stability.prepare?.(parsed, given).diagnostics.map(({ code }) => code)).toEqual([
    `refused:${key}`,
  ]);
});
