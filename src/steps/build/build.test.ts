import path from "node:path";
import { expect, test } from "vitest";
import { Fault } from "../../model/failure.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Driver } from "../../ports/driver.ts";
import { imagesTarget } from "../../../test/rig/fake-images.ts";
import { fakePreparation, fakeWork, type Given } from "../../../test/rig/fake-work.ts";
import { build } from "./index.ts";

const V1 = { id: "v1+1a2b3c4", name: "v1" };

async function ran(spec: object, target: { readonly driver: Driver }, given: Given = {}) {
  await using fake = await fakeWork(build, {
    drivers: { stack: target.driver },
    release: V1,
    ...given,
    spec: { target: "stack", ...spec },
  });
  const result = await build.run(fake.work).catch((error: unknown) => {
    if (error instanceof Fault) return { outcome: "error", failure: error.failure } as const;
    throw error;
  });
  return { result, said: fake.said, kept: new Map(fake.kept), project: fake.work.project };
}

test("builds once with its cache, and says how large it is", async () => {
  const target = imagesTarget();

  const { result, said, kept, project } = await ran(
    { from: "app", services: "web", args: { MODE: "slim" }, builder: "classic" },
    target,
    { secrets: { TOKEN: "t0ken-t0ken" } },
  );

  expect(result).toMatchObject({
    outcome: "passed",
    summary: "built web: 1.2 MB saved",
    facts: { "image.web": "sha256:1" },
    numbers: { images: 1, bytes: 1_000_000, savedBytes: 1_234_567 },
  });
  expect(target.orders).toEqual([
    {
      from: path.join(project, "app"),
      isCached: true,
      parts: ["web"],
      builder: "classic",
      args: { MODE: "slim" },
      secrets: { TOKEN: "t0ken-t0ken" },
      labels: {},
    },
  ]);
  expect(said).toContain("building web");
  expect(said.join("\n")).not.toContain("FROM scratch");
  expect(kept.get("build.log")).toContain("| Step 1/1 : FROM scratch");
});

const DIFFERENCE = { part: "web", path: "/built-at", is: "different" } as const;

test.each([
  ["check", [], "passed", undefined, "twice the same content"],
  ["check", [DIFFERENCE], "passed", undefined, "1 thing differs"],
  ["require", [], "passed", undefined, "twice the same content"],
  ["require", [DIFFERENCE], "failed", "build-not-reproducible", undefined],
])(
  "reproducible: %s, with %j, is %s",
  async (reproducible, differences, outcome, code, summary) => {
    const target = imagesTarget({ differences });

    const { result, kept } = await ran({ reproducible }, target);

    expect([result.outcome, result.failure?.code]).toEqual([outcome, code]);
    expect(target.orders.map(({ isCached }) => isCached)).toEqual([false, false]);
    expect(result).toMatchObject({ numbers: { differences: differences.length } });
    if (summary !== undefined)
      expect(result).toMatchObject({ summary: expect.stringContaining(summary) });
    if (differences.length > 0)
      expect(kept.get("reproducible.txt")).toBe("web  /built-at  different\n");
  },
);

test("hands on why it could not be built, with its log", async () => {
  const failure = { code: "build-failed", what: "web could not be built.", fix: "Mend it." };

  const { result, kept } = await ran({}, imagesTarget({ failure }));

  expect(result).toMatchObject({ outcome: "failed", failure, evidence: [{ name: "build.log" }] });
  expect(kept.get("build.log")).toContain("web could not be built.");
});

test("refuses a secret among the build arguments", async () => {
  const target = imagesTarget();

  const { result } = await ran({ args: { KEY: "x-t0ken-t0ken" } }, target, {
    secrets: { TOKEN: "t0ken-t0ken" },
  });

  expect(result.failure).toMatchObject({ code: "secret-in-build" });
  expect(target.orders).toEqual([]);
});

test("says so when the target's driver knows no images", async () => {
  const { result } = await ran({}, { driver: {} as Driver });

  expect(result.failure?.code).toBe("no-images");
});

test.each([
  [{ targets: ["stack"], before: [{ id: "source", kind: "checkout" }] }, []],
  [{ targets: ["stack"] }, ["blame-step"]],
  [{ targets: [], before: [{ id: "source", kind: "checkout" }] }, ["blame-target"]],
])("with %j there is wrong: %j", (given, codes) => {
  const spec = build.spec.parse({ target: "stack" }) as JsonObject;

  const prepared = build.prepare?.(spec, fakePreparation(given));

  expect(prepared?.diagnostics.map(({ code }) => code)).toEqual(codes);
});
