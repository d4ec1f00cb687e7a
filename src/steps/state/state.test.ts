import { expect, test } from "vitest";
import { fakePreparation, fakeWork } from "../../../test/rig/fake-work.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Driver, Part } from "../../ports/driver.ts";
import { state } from "./index.ts";

const web: Part = { name: "web", release: "r2", state: "running", healthy: true, restarts: 0 };
const db: Part = { name: "db", state: "running", healthy: true, restarts: 0 };
const proxy: Part = { name: "proxy", state: "running", restarts: 2 };
const migrate: Part = { name: "migrate", release: "r2", state: "exited", exit: 0, restarts: 0 };

async function ran(spec: object, parts: readonly Part[], release?: string) {
  const driver = {
    current: async () => ({ id: "r2", name: "v2" }),
    state: async () => parts,
  } as unknown as Driver;
  await using fake = await fakeWork(state, {
    spec: { target: "stack", ...spec },
    drivers: { stack: driver },
    release: release === undefined ? undefined : { id: release, name: release },
  });
  const result = await state.run(fake.work);
  return { result, kept: new Map(fake.kept), said: fake.said };
}

test.each<[string, object, readonly Part[], string]>([
  ["all parts that run and are well", {}, [web, db], "passed"],
  ["one without a health check", {}, [web, proxy], "passed"],
  [
    "one without a health check where all must say that they are well",
    { healthy: "all" },
    [web, proxy],
    "failed",
  ],
  ["one without a health check that is named", { healthy: ["proxy"] }, [web, proxy], "failed"],
  ["one without a health check that is not named", { healthy: "web" }, [web, proxy], "passed"],
  ["a named one that is not there", { healthy: ["cache"] }, [web, db], "failed"],
  ["one that is not well", {}, [web, { ...db, healthy: false }], "failed"],
  ["one that has ended", {}, [web, { ...db, state: "exited", exit: 0 }], "failed"],
  ["one that begins again and again", {}, [web, { ...db, state: "restarting" }], "failed"],
  [
    "one that may end, and has ended well",
    { done: "migrate", healthy: "all" },
    [web, migrate],
    "passed",
  ],
  [
    "one that may end, and has ended badly",
    { done: "migrate" },
    [web, { ...migrate, exit: 1 }],
    "failed",
  ],
  [
    "one that may end, and nobody knows how",
    { done: "migrate" },
    [web, { ...migrate, exit: undefined as never }],
    "failed",
  ],
  ["as many as there must be", { parts: 2 }, [web, db], "passed"],
  ["fewer than there must be", { parts: 3 }, [web, db], "failed"],
  ["more than there must be", { parts: 1 }, [web, db], "failed"],
  ["restarts that nobody limits", {}, [proxy], "passed"],
  ["as many restarts as there may be", { restarts: 2 }, [proxy], "passed"],
  ["more restarts than there may be", { restarts: 1 }, [proxy], "failed"],
  ["nothing", {}, [], "inconclusive"],
  ["nothing but what another release has left", {}, [{ ...web, release: "r1" }], "inconclusive"],
  [
    "what another release has left beside this one's",
    { parts: 2 },
    [web, db, { ...web, release: "r1", state: "stopped" }],
    "passed",
  ],
])("judges %s", async (_, spec, parts, outcome) => {
  const { result } = await ran(spec, parts);

  expect(result.outcome).toBe(outcome);
});

test("shows each part in a table, and says all that is wrong at once", async () => {
  const sick = { ...db, healthy: false, detail: "last check: timeout" };
  const { result, kept, said } = await ran({ parts: 3, restarts: 0 }, [web, sick, proxy, migrate]);

  expect(kept.get("ps.log")).toContain(
    "db       -        running  unhealthy  0         last check: timeout",
  );
  expect(result.failure?.what).toBe(
    "stack is not as it must be: there are 4 parts and not 3: web, db, proxy, migrate; db is not healthy (last check: timeout); proxy was restarted 2 times; migrate is exited.",
  );
  expect(result.numbers).toEqual({ parts: 4, running: 3, healthy: 1, restarts: 2 });
  expect(said).toContain("db: running, unhealthy");
});

test("says which parts nobody checks", async () => {
  const { result } = await ran({ done: ["migrate"] }, [web, proxy, migrate]);

  expect(result.summary).toBe("2 of stack running, 1 healthy, 1 without a check (proxy), 1 done");
});

test("speaks of the release that the run deploys, not of the one that serves", async () => {
  expect((await ran({}, [web], "r3")).result.outcome).toBe("inconclusive");
});

test("refuses a target that is not there", () => {
  const spec = state.spec.parse({ target: "stak" }) as JsonObject;

  expect(state.prepare?.(spec, fakePreparation({ targets: ["stack"] })).diagnostics).toMatchObject([
    { code: "blame-target" },
  ]);
});
