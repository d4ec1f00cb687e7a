import { describe, expect, test } from "vitest";
import { simulatedPlan, type Behaviour } from "../../test/rig/simulated-world.ts";
import { tell } from "../../test/rig/simulate.ts";

const plan = simulatedPlan([
  { id: "check", effect: "read" },
  { id: "backup", effect: "idempotent" },
  { id: "migrate", effect: "keyed", undo: true },
  { id: "deploy", effect: "idempotent", undo: true, prove: true },
  { id: "health", effect: "read", prove: true },
]);

const broken = (step: string): ReadonlyMap<string, Behaviour> =>
  new Map([[step, { failsOn: [1] }]]);

describe("a run", () => {
  test("does each step in order and is accepted", async () => {
    const { outside, left } = await tell({ plan, behaviours: new Map() }, []);
    expect(left).toEqual({ as: "ended", exit: 0 });
    expect(outside.acts).toEqual([
      "check/do/1",
      "backup/do/1",
      "migrate/do/1",
      "deploy/do/1",
      "health/do/1",
    ]);
  });

  test("takes everything back, newest first, and proves it, when a check says no", async () => {
    const { outside, left } = await tell({ plan, behaviours: broken("health") }, []);
    expect(left).toEqual({ as: "ended", exit: 4 });
    expect(outside.acts.slice(5)).toEqual([
      "deploy/probe/1",
      "migrate/probe/1",
      "deploy/undo/1",
      "migrate/undo/1",
      "deploy/prove/1",
      "health/prove/1",
    ]);
  });

  test("has refused when it only looked", async () => {
    const { left } = await tell({ plan, behaviours: broken("check") }, []);
    expect(left).toEqual({ as: "ended", exit: 3 });
  });

  test("has failed without a rollback when nothing can or must go back", async () => {
    const { left, outside } = await tell({ plan, behaviours: broken("backup") }, []);
    expect(left.exit).toBe(4);
    expect(outside.acts).toEqual(["check/do/1", "backup/do/1"]);
  });

  test("ends with exit 5 when the way back fails twice", async () => {
    const behaviours = new Map<string, Behaviour>([
      ["health", { failsOn: [1] }],
      ["migrate", { undoFailsOn: [1, 2] }],
    ]);
    const { left } = await tell({ plan, behaviours }, []);
    expect(left.exit).toBe(5);
  });

  test("tries again as often as the plan says, waiting longer each time", async () => {
    const retrying = simulatedPlan([
      {
        id: "flaky",
        effect: "read",
        retry: { tries: 3, waitMs: 1000, factor: 3, maxWaitMs: 60_000 },
      },
    ]);
    const { left, outside } = await tell(
      { plan: retrying, behaviours: new Map([["flaky", { failsOn: [1, 2] }]]) },
      [],
    );
    expect(left.exit).toBe(0);
    expect(outside.acts).toEqual(["flaky/do/1", "flaky/do/2", "flaky/do/3"]);
  });

  test("goes on after a failure that the plan only warns about", async () => {
    const warned = simulatedPlan([
      { id: "nice", effect: "read", onFailure: "warn" },
      { id: "deploy", effect: "idempotent" },
    ]);
    const { left } = await tell({ plan: warned, behaviours: broken("nice") }, []);
    expect(left.exit).toBe(0);
  });

  test.each([
    { answer: "again", exit: 0, acts: ["deploy/do/1", "deploy/do/2"] },
    { answer: "passed", exit: 0, acts: ["deploy/do/1"] },
    { answer: "stop", exit: 8, acts: ["deploy/do/1"] },
    { answer: "roll back", exit: 4, acts: ["deploy/do/1", "deploy/probe/1", "deploy/undo/1"] },
  ] as const)(
    "is held when the plan wants to ask, and goes on as told: $answer",
    async ({ answer, exit, acts }) => {
      const asking = simulatedPlan([
        { id: "deploy", effect: "idempotent", undo: true, onFailure: "ask" },
      ]);
      const { left, outside } = await tell(
        { plan: asking, behaviours: broken("deploy"), answers: answer },
        [],
      );
      expect(left.exit).toBe(exit);
      expect(outside.acts).toEqual(acts);
    },
  );

  test("does steps with the same needs side by side", async () => {
    const wide = simulatedPlan([
      { id: "a", effect: "read" },
      { id: "b", effect: "read", needs: ["a"] },
      { id: "c", effect: "read", needs: ["a"] },
      { id: "d", effect: "read", needs: ["b", "c"] },
    ]);
    const behaviours = new Map([["b", { takesMs: 5000 }]]);
    const { outside } = await tell({ plan: wide, behaviours }, []);
    expect(outside.acts).toEqual(["a/do/1", "c/do/1", "b/do/1", "d/do/1"]);
  });
});
