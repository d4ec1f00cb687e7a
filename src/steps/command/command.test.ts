import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Fault } from "../../model/failure.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Finished, Receipt, Shell } from "../../ports/shell.ts";
import { fakePreparation, fakeWork, type Given } from "../../../test/rig/fake-work.ts";
import { plainShell } from "../../../test/rig/plain-shell.ts";
import { command } from "./index.ts";

const sh = (text: string) => ["sh", "-c", text];

async function run(given: Given) {
  const shell = plainShell();
  await using fake = await fakeWork(command, { shell, ...given });
  return { result: await command.run(fake.work), shell, folder: fake.folder };
}

/** A Shell that knows about one key only what the test says. */
function shellWith(
  receipt: Receipt,
  start: Shell["run"] = () => Promise.reject(new Error("started again")),
): Shell {
  return {
    look: () => Promise.reject(new Error("looked")),
    run: start,
    receipt: async () => receipt,
    stream: () => Promise.reject(new Error("streamed")),
  };
}

const ended = (code: number, tail = "", more: Partial<Finished> = {}): Finished => ({
  ended: { how: "exit", code },
  tail,
  durationMs: 5,
  ...more,
});

test("passes when the command ends well, and keeps its output", async () => {
  const { result } = await run({ spec: { run: sh("echo built; echo noise >&2") } });

  expect(result).toMatchObject({ outcome: "passed", evidence: [{ name: "command.log" }] });
});

test("fails with the last lines of what the command said", async () => {
  const { result } = await run({
    spec: { run: sh("for n in $(seq 30); do echo line $n; done; exit 3") },
  });

  expect(result).toMatchObject({ outcome: "failed", failure: { code: "command-failed" } });
  expect(result.failure?.what).toContain("exit code 3");
  expect(result.failure?.detail?.split("\n")).toHaveLength(20);
  expect(result.failure?.detail).toMatch(/line 30$/);
  expect(result.failure?.fix).toContain("command.log");
});

test.each([
  ["a program that is not there", { run: ["no-such-program"] }, "error", "command-not-started"],
  [
    "an exit code that is asked for",
    { run: sh("exit 3"), expect: { exit: [0, 3] } },
    "passed",
    undefined,
  ],
  [
    "a zero that is not asked for",
    { run: sh("exit 0"), expect: { exit: 3 } },
    "failed",
    "command-failed",
  ],
  [
    "output that is there",
    { run: sh("echo 12 passed"), expect: { output_has: "\\d+ passed" } },
    "passed",
    undefined,
  ],
  [
    "output that is missing",
    { run: sh("echo no tests"), expect: { output_has: "\\d+ passed" } },
    "failed",
    "output-lacks-expected",
  ],
  [
    "output that is forbidden",
    { run: sh("echo WARN x >&2"), expect: { output_lacks: ["ERROR", "WARN"] } },
    "failed",
    "output-has-forbidden",
  ],
  [
    "output without what is forbidden",
    { run: sh("echo fine"), expect: { output_lacks: "WARN" } },
    "passed",
    undefined,
  ],
])("judges %s", async (_, spec, outcome, code) => {
  const { result } = await run({ spec });

  expect([result.outcome, result.failure?.code]).toEqual([outcome, code]);
});

test("gives a script to the shell by stdin, with values in the environment, and stops at its first failing line", async () => {
  const { result, shell } = await run({
    spec: { script: 'echo "tag is $TAG"\nfalse\necho never', env: { TAG: "v1; touch owned" } },
  });

  expect(shell.started[0]).toMatchObject({ argv: ["sh", "-eu", "-s"] });
  expect(result.failure?.detail).toBe("tag is v1; touch owned");
});

test("lets another shell read the script", async () => {
  const { result } = await run({
    spec: { script: "console.log(6 * 7)", shell: ["node", "-"], expect: { output_has: "^42" } },
  });

  expect(result.outcome).toBe("passed");
});

test("sees the secrets that the step declares, and nothing else of ours", async () => {
  const { shell } = await run({
    spec: { run: ["true"], env: { A: "1" } },
    secrets: { PASS: "hunter22" },
  });

  expect(shell.started[0]?.env).toEqual({ PASS: "hunter22", A: "1" });
});

test("refuses to put a secret among the arguments", async () => {
  await expect(
    run({ spec: { run: ["curl", "-u", "ada:hunter22"] }, secrets: { PASS: "hunter22" } }),
  ).rejects.toMatchObject({
    failure: { code: "secret-in-arguments" },
  });
});

test("refuses a folder outside the project", async () => {
  await expect(run({ spec: { run: ["ls"], cwd: "../.." } })).rejects.toMatchObject({
    failure: { code: "path-outside" },
  });
});

test("runs in the folder that is named", async () => {
  await using fake = await fakeWork(command, {
    spec: { run: ["ls"], cwd: "app", expect: { output_has: "here" } },
    shell: plainShell(),
  });
  await mkdir(join(fake.work.project, "app"));
  await writeFile(join(fake.work.project, "app", "here"), "");

  expect(await command.run(fake.work)).toMatchObject({ outcome: "passed" });
});

test("is inconclusive when the part of the output that was cut could hold what is forbidden", async () => {
  const tail = "x".repeat(65_536);
  const shell = shellWith({ state: "never started" }, async (_, __, { output }) => {
    await writeFile(output?.path ?? "", tail);
    return ended(0, tail, {
      output: { name: output?.name ?? "", sha256: "", bytes: 65_536, droppedBytes: 10 },
    });
  });

  const { result } = await run({ spec: { run: ["x"], expect: { output_lacks: "ERROR" } }, shell });

  expect(result).toMatchObject({ outcome: "inconclusive", failure: { code: "output-cut" } });
});

test("finds what is expected in a kept file when the tail has lost it", async () => {
  const shell = shellWith({ state: "never started" }, async (_, __, { output }) => {
    await writeFile(output?.path ?? "", `12 passed\n${"x".repeat(70_000)}`);
    return ended(0, "x".repeat(65_536), {
      output: { name: output?.name ?? "", sha256: "", bytes: 70_010 },
    });
  });

  const { result } = await run({
    spec: { run: ["x"], expect: { output_has: "12 passed" } },
    shell,
  });

  expect(result.outcome).toBe("passed");
});

test.each([
  ["keyed", "unknown"],
  ["once", "unknown"],
  ["read", "error"],
  ["idempotent", "error"],
])("a lost command whose effect is %s is %s", async (effect, outcome) => {
  const shell = shellWith({ state: "never started" }, () =>
    Promise.reject(new Fault({ code: "command-lost", what: "The keeper is gone.", fix: "Look." })),
  );

  const { result } = await run({ spec: { run: ["x"], effect }, shell });

  expect(result).toMatchObject({ outcome, failure: { code: "command-lost" } });
});

test.each<[string, Receipt, unknown]>([
  ["never started", { state: "never started" }, "never started"],
  ["ended well", { state: "ended", finished: ended(0) }, { outcome: "passed" }],
  [
    "ended badly",
    { state: "ended", finished: ended(2, "boom") },
    { outcome: "failed", failure: { detail: "boom" } },
  ],
  [
    "lost",
    { state: "lost", why: "reboot" },
    { outcome: "unknown", failure: { code: "command-lost" } },
  ],
])("after a crash a command that %s is not started again", async (_, receipt, expected) => {
  await using fake = await fakeWork(command, { spec: { run: ["x"] }, shell: shellWith(receipt) });

  const settled = await command.settle?.(fake.work);

  if (typeof expected === "string") expect(settled).toBe(expected);
  else expect(settled).toMatchObject(expected as object);
});

test("after a crash a command that still runs is attached to under its key", async () => {
  const keys: string[] = [];
  const shell = shellWith({ state: "running" }, async (key) => {
    keys.push(key);
    return ended(0);
  });
  await using fake = await fakeWork(command, { spec: { run: ["x"] }, shell });

  expect(await command.settle?.(fake.work)).toMatchObject({ outcome: "passed" });
  expect(keys).toEqual(["41/command/do/1"]);
});

test("taking back runs the undo command under the undo's own key, judged by its exit code alone", async () => {
  const shell = plainShell();
  const spec = {
    run: ["true"],
    expect: { exit: 7, output_has: "never" },
    undo: { script: "echo back" },
  };
  await using fake = await fakeWork(command, { spec, shell, phase: "undo" });

  expect(await command.undo?.(fake.work)).toMatchObject({
    outcome: "passed",
    evidence: [{ name: "command_undo.log" }],
  });
  expect(shell.started[0]?.stdin).toBe("echo back");
});

const parsed = (spec: unknown) => command.spec.parse(spec) as JsonObject;

test.each([
  [{ run: ["x"] }, false, "no way back is given"],
  [{ run: ["x"], effect: "read" }, false, "it only looks"],
  [{ run: ["x"], undo: { none: "it only warms a cache" } }, false, "it only warms a cache"],
  [{ run: ["x"], undo: { run: ["rm", "x"] } }, true, "run rm x"],
])("says what taking %j back means", (spec, undo, words) => {
  expect(command.abilities(parsed(spec)).undo).toBe(undo);
  expect(command.describeUndo?.(parsed(spec))).toContain(words);
});

test.each([
  ["a string instead of a list", { run: "npm test" }],
  ["neither run nor script", {}],
  ["both run and script", { run: ["x"], script: "x" }],
  ["an undo that says nothing", { run: ["x"], undo: {} }],
  ["a pattern that is none", { run: ["x"], expect: { output_has: "(" } }],
  ["an empty list", { run: [] }],
])("does not read %s", (_, spec) => {
  expect(command.spec.safeParse(spec).success).toBe(false);
});

test("refuses a look-up in a script, and says how to give the value", () => {
  const spec = parsed({ script: "deploy ${TAG}", undo: { script: "undo ${steps.up.x}" } });

  const { diagnostics } = command.prepare?.(spec, fakePreparation()) ?? { diagnostics: [] };

  expect(diagnostics.map(({ code }) => code)).toEqual(["blame-script", "blame-undo.script"]);
  expect(diagnostics[0]?.fix).toContain("env");
});

test.each([
  ["(ok)*", ["blame-expect.output_has"]],
  [".*", ["blame-expect.output_has"]],
  ["^$", []],
  ["ok", []],
])("refuses a pattern that every output has: %s", (output_has, expected) => {
  const spec = parsed({ run: ["x"], expect: { output_has } });
  const { diagnostics } = command.prepare?.(spec, fakePreparation()) ?? { diagnostics: [] };
  expect(diagnostics.map(({ code }) => code)).toEqual(expected);
});

test.each([
  [undefined, "${steps.source.path}"],
  ["app", "${steps.source.path}/app"],
  ["/srv", "/srv"],
  ["${steps.other.path}", "${steps.other.path}"],
])("runs %s relative to the nearest checkout", (cwd, expected) => {
  const before = [
    { id: "old", kind: "checkout" },
    { id: "source", kind: "checkout" },
    { id: "b", kind: "backup" },
  ];

  const prepared = command.prepare?.(
    parsed({ run: ["x"], ...(cwd && { cwd }) }),
    fakePreparation({ before }),
  );

  expect(prepared?.spec["cwd"]).toBe(expected);
});
