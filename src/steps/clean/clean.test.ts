import { writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { fakePreparation, fakeWork, type Given } from "../../../test/rig/fake-work.ts";
import { sha256 } from "../../lib/digest.ts";
import type { JsonObject } from "../../model/json.ts";
import { Fault } from "../../model/failure.ts";
import type { Act, Cleaning, Driver } from "../../ports/driver.ts";
import { clean } from "./index.ts";

const NO_BACKUP = "made anew by each gate";

function target(parts: readonly unknown[] = [{}]) {
  const asked: Cleaning[] = [];
  const driver = {
    state: async () => parts,
    async clean(cleaning: Cleaning, act: Act) {
      asked.push(cleaning);
      act.say("Container web removed");
      return cleaning.volumes === "all"
        ? ["volume data"]
        : cleaning.volumes.map((v) => `volume ${v}`);
    },
  } as unknown as Driver;
  return { asked, driver };
}

async function ran(
  spec: object,
  given: Given & { parts?: readonly unknown[]; copy?: string } = {},
) {
  const { asked, driver } = target(given.parts);
  await using fake = await fakeWork(clean, {
    drivers: { stack: driver },
    ...given,
    spec: { target: "stack", ...spec },
  });
  const result = await clean.run(fake.work).catch((error: unknown) => {
    if (error instanceof Fault) return { outcome: "error", failure: error.failure } as const;
    throw error;
  });
  return { result, asked, kept: new Map(fake.kept) };
}

test("takes everything down and leaves the volumes, unless it is told otherwise", async () => {
  const { result, asked, kept } = await ran({});

  expect(result.outcome).toBe("passed");
  expect(asked).toEqual([{ volumes: [] }]);
  expect(kept.get("compose_down.log")).toBe("Container web removed\n");
});

test("removes the volumes that it is told to, and says which are gone", async () => {
  const { result, asked, kept } = await ran({ volumes: "all", no_backup: NO_BACKUP });

  expect(asked).toEqual([{ volumes: "all" }]);
  expect(result).toMatchObject({
    summary: "nothing runs on stack; removed: volume data",
    facts: { removed: ["volume data"] },
  });
  expect(kept.get("compose_down.log")).toContain("removed volume data");
});

test.each([
  ["is there, unchanged", "rows", {}, "passed", undefined],
  ["was changed since", "other rows", {}, "error", "backup-changed"],
  ["was never made", "rows", { path: 0 }, "error", "clean-without-backup"],
])("removes volumes when their backup %s", async (_, there, more, outcome, code) => {
  await using folder = await fakeWork(clean, { spec: { target: "x" } });
  const file = path.join(folder.folder, "copy");
  await writeFile(file, there);
  const copy = { database: "exams", path: file, sha256: sha256("rows"), ...more };
  const { result, asked } = await ran(
    { volumes: ["data"], backup: "save" },
    { factsOf: { save: copy } },
  );

  expect([result.outcome, result.failure?.code]).toEqual([outcome, code]);
  expect(asked).toEqual(outcome === "passed" ? [{ volumes: ["data"] }] : []);
});

test.each([
  ["something is there", [{}], "clean-without-backup"],
  ["there is nothing", [], undefined],
])("of a backup that found nothing to copy, where %s", async (_, parts, code) => {
  const factsOf = { save: { database: "exams", missing: true } };
  const { result } = await ran({ volumes: "all", backup: "save" }, { parts, factsOf });

  expect(result.failure?.code).toBe(code);
});

test("keeps what the driver said when it could not", async () => {
  const driver = {
    clean: async (_: Cleaning, act: Act) => {
      act.say("Container web stopping");
      throw new Fault({ code: "engine-away", what: "No engine.", fix: "Start it." });
    },
  } as unknown as Driver;
  const { result, kept } = await ran({}, { drivers: { stack: driver } });

  expect(result).toMatchObject({ outcome: "failed", failure: { code: "engine-away" } });
  expect(kept.get("compose_down.log")).toBe("Container web stopping\nNo engine. Start it.\n");
});

test("says of a driver that cleans nothing that it can't", async () => {
  const { result } = await ran({}, { drivers: { stack: {} as Driver } });

  expect(result.failure?.code).toBe("not-cleaned");
});

const backup = { id: "save", kind: "backup" };
const deploy = { id: "up", kind: "deploy" };
test.each<[string, object, readonly { id: string; kind: string }[], readonly string[]]>([
  ["no volumes", {}, [deploy], []],
  ["volumes without a word", { volumes: "all" }, [], ["blame-volumes"]],
  ["volumes with a reason", { volumes: "all", no_backup: NO_BACKUP }, [], []],
  ["volumes with a backup", { volumes: ["a"], backup: "save" }, [backup], []],
  ["both", { volumes: "all", backup: "save", no_backup: NO_BACKUP }, [backup], ["blame-volumes"]],
  ["a backup that comes later", { volumes: "all", backup: "save" }, [], ["blame-backup"]],
  [
    "a step that is no backup",
    { volumes: "all", backup: "up" },
    [{ id: "up", kind: "command" }],
    ["blame-backup"],
  ],
  [
    "volumes that a rollback would need",
    { volumes: "all", no_backup: NO_BACKUP },
    [deploy],
    ["blame-volumes"],
  ],
  [
    "a way back that is given up",
    { volumes: "all", no_backup: NO_BACKUP, no_way_back: "the end of the gate" },
    [deploy],
    [],
  ],
  ["an unknown target", { target: "stak" }, [], ["blame-target"]],
])("validate speaks of %s", (_, spec, before, codes) => {
  const parsed = clean.spec.parse({ target: "stack", ...spec }) as JsonObject;
  const prepared = clean.prepare?.(parsed, fakePreparation({ targets: ["stack"], before }));

  expect(prepared?.diagnostics.map(({ code }) => code)).toEqual(codes);
});

const say = (spec: object) => {
  const parsed = clean.spec.parse({ target: "stack", ...spec }) as JsonObject;
  return [clean.describe(parsed), clean.describeUndo?.(parsed), clean.destroys?.(parsed)];
};

test("says in plans what is lost, and that nothing brings it back", () => {
  expect(say({})[0]).toBe("take down all that runs on stack; its volumes stay");
  expect(say({ volumes: ["a", "b"], backup: "save" })).toEqual([
    "take down all that runs on stack and remove its volumes a, b: what is in them is lost, but for what save has copied",
    "what served before is not started again, and what was in the volumes is gone",
    true,
  ]);
});
