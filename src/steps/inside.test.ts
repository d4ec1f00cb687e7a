import { mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fakePreparation, fakeWork, type Given } from "../../test/rig/fake-work.ts";
import { partDriver } from "../../test/rig/part-driver.ts";
import { folderHosts } from "../../test/rig/folder-hosts.ts";
import { plainShell } from "../../test/rig/plain-shell.ts";
import type { JsonObject } from "../model/json.ts";
import type { Driver } from "../ports/driver.ts";
import type { StepKind } from "../ports/step-kind.ts";
import { command } from "./command/index.ts";
import { tests } from "./tests/index.ts";
import { twice } from "./twice/index.ts";

let part = "";
beforeEach(async () => {
  part = await mkdtemp(path.join(os.tmpdir(), "seaworthy-part-"));
  await mkdir(path.join(part, "app"));
});
afterEach(() => rm(part, { recursive: true, force: true }));

const sh = (text: string) => ["sh", "-c", text];
const GREEN = "TAP version 13\n1..1\nok 1 - sells\n";
const printGreen = `printf '${GREEN.replaceAll("\n", "\\n")}' > out.tap`;

async function ran(kind: StepKind, spec: object, given: Given = {}) {
  const inside = partDriver(part);
  const shell = plainShell();
  await using fake = await fakeWork(kind, {
    shell,
    drivers: { stack: inside.driver },
    ...given,
    spec,
  });
  const result = await kind.run(fake.work);
  return { result, inside, shell, notes: fake.notes, facts: fake.work.facts };
}

function refused(kind: StepKind, spec: object, targets = ["stack"]) {
  const parsed = kind.spec.parse(spec) as JsonObject;
  const prepared = kind.prepare?.(
    parsed,
    fakePreparation({ targets, hosts: ["app1"], before: [{ id: "c", kind: "checkout" }] }),
  );
  return { codes: prepared?.diagnostics.map(({ code }) => code), spec: prepared?.spec };
}

test("a command runs in the part's own folder, not in one of this machine", async () => {
  const { result, inside } = await ran(command, { run: sh("pwd"), in: "stack/web" });

  expect(result.outcome).toBe("passed");
  expect(inside.places).toEqual([{ part: "web", as: "running" }]);
  expect(inside.asked[0]).not.toHaveProperty("cwd");
});

test("a command gets its secrets, its script and its folder in the part", async () => {
  const { result, inside } = await ran(
    command,
    {
      script: 'test "$PASS" = hunter22 && pwd',
      cwd: "/app",
      in: { target: "stack", part: "web", as: "fresh" },
      expect: { output_has: "/app" },
    },
    { secrets: { PASS: "hunter22" }, release: { id: "r1", name: "v1" } },
  );

  expect(result.outcome).toBe("passed");
  expect(inside.places).toEqual([{ part: "web", as: "fresh", release: { id: "r1", name: "v1" } }]);
});

test("a command that was started is attached to, though its part is gone", async () => {
  const shell = plainShell();
  const gone = { inside: () => Promise.reject(new Error("no such part")) } as unknown as Driver;
  const spec = { run: ["true"], in: "stack/web" };
  await shell.run("41/command/do/1", { argv: ["true"] }, { timeoutMs: 5_000 });
  await using fake = await fakeWork(command, { shell, drivers: { stack: gone }, spec });

  expect(await command.settle?.(fake.work)).toMatchObject({ outcome: "passed" });
  expect(await command.run(fake.work)).toMatchObject({ outcome: "passed" });
});

test("taking back can have a place of its own", async () => {
  const spec = { run: ["true"], in: "stack/web", undo: { run: ["true"], in: "stack/db" } };
  const inside = partDriver(part);
  await using fake = await fakeWork(command, {
    shell: plainShell(),
    drivers: { stack: inside.driver },
    spec,
    phase: "undo",
  });
  await command.undo?.(fake.work);

  expect(inside.places).toEqual([{ part: "db", as: "running" }]);
  expect(command.describeUndo?.(fake.work.spec)).toBe("run true inside stack/db");
});

test("a driver that runs nothing inside says so", async () => {
  const spec = { run: ["true"], in: "stack/web" };
  await expect(ran(command, spec, { drivers: { stack: {} as Driver } })).rejects.toMatchObject({
    failure: { code: "not-inside" },
  });
});

test.each<[string, StepKind, object, readonly string[]]>([
  ["an unknown target", command, { run: ["x"], in: "stak/web" }, ["blame-in"]],
  ["an unknown host", command, { run: ["x"], in: "app2" }, ["blame-in"]],
  ["a target without a part", command, { run: ["x"], in: "stack" }, ["blame-in"]],
  ["a host that is there", command, { run: ["x"], in: "app1" }, []],
  ["a host in its long form", command, { run: ["x"], in: { host: "app1" } }, []],
  ["a relative folder of a host", command, { run: ["x"], in: "app1", cwd: "a" }, ["blame-cwd"]],
  [
    "an unknown host to undo on",
    command,
    { run: ["x"], undo: { run: ["y"], in: "b" } },
    ["blame-undo.in"],
  ],
  [
    "a host of a database",
    twice,
    { run: ["x"], same: [{ postgres: { in: "b", database: "d" } }] },
    ["blame-same.0.postgres.in"],
  ],
  ["a relative folder", command, { run: ["x"], in: "stack/web", cwd: "app" }, ["blame-cwd"]],
  ["an absolute folder", command, { run: ["x"], in: "stack/web", cwd: "/app" }, []],
  [
    "an unknown target for the way back",
    command,
    { run: ["x"], undo: { run: ["y"], in: "a/b" } },
    ["blame-undo.in"],
  ],
  [
    "a suite's relative report",
    tests,
    { command: ["x"], report: "r.xml", in: "stack/web" },
    ["blame-report"],
  ],
  [
    "a suite's report below its folder",
    tests,
    { command: ["x"], report: "r.xml", cwd: "/app", in: "stack/web" },
    [],
  ],
  [
    "a suite in a part that goes away",
    tests,
    { command: ["x"], report: "/r.xml", in: { target: "stack", part: "web", as: "fresh" } },
    ["blame-in"],
  ],
  [
    "a look at an unknown target",
    twice,
    { run: ["x"], same: [{ command: ["y"], in: "a/b" }] },
    ["blame-same.0.in"],
  ],
  [
    "a database in an unknown target",
    twice,
    { run: ["x"], same: [{ postgres: { in: "a/b", database: "d" } }] },
    ["blame-same.0.postgres.in"],
  ],
  [
    "a place for a scenario",
    twice,
    { run: ["x"], same: [{ sqlite: "d", in: "stack/b" }] },
    ["blame-same.0.in"],
  ],
])("validate speaks of %s", (_, kind, spec, codes) => {
  expect(refused(kind, spec).codes).toEqual(codes);
});

test("a folder of the checkout is none inside a part", () => {
  expect(refused(command, { run: ["x"], in: "stack/web" }).spec).not.toHaveProperty("cwd");
  expect(refused(command, { run: ["x"] }).spec).toMatchObject({ cwd: "${steps.c.path}" });
});

test.each([
  ["writes", printGreen, undefined, "passed", undefined],
  ["writes none", "true", undefined, "error", "tests-no-report"],
  ["leaves that of an earlier one", "true", "an old one", "error", "tests-no-report"],
  ["writes what was there before", printGreen, "an old one", "passed", undefined],
])("of the suite that %s its report in the part", async (_, script, old, outcome, code) => {
  if (old !== undefined) await writeFile(path.join(part, "app/out.tap"), GREEN);
  const spec = { command: sh(script), report: "out.tap", cwd: "/app", in: "stack/web" };
  const { result } = await ran(tests, spec);

  expect([result.outcome, result.failure?.code]).toEqual([outcome, code]);
  if (code !== undefined) expect(result.failure?.what).toContain("stack/web:/app/out.tap");
});

test("a report that can't be removed from the part ends the step before the suite is started", async () => {
  await mkdir(path.join(part, "app/out.tap"));
  const spec = { command: ["true"], report: "/app/out.tap", in: "stack/web" };
  const inside = partDriver(part);

  const drivers = { stack: { ...inside.driver, fetch: () => Promise.resolve(true) } };

  await expect(ran(tests, spec, { drivers })).rejects.toMatchObject({
    failure: { code: "tests-stale-report" },
  });
});

test("after a crash the report of the suite that was started stays where it is", async () => {
  const spec = { command: ["true"], report: "/app/out.tap", in: "stack/web" };
  const shell = plainShell();
  await shell.run("41/tests/do/1", { argv: ["true"] }, { timeoutMs: 5_000 });
  await writeFile(path.join(part, "app/out.tap"), GREEN);
  const facts = { reports_before: { key: "41/tests/do/1", standing: {} } };
  const { result } = await ran(tests, spec, { shell, facts });

  expect(result.outcome).toBe("passed");
});

test.each([
  ["new", 10_000, "passed"],
  ["old", 7_200_000, "error"],
])("a %s report in the part is judged by its age", async (_, ageMs, outcome) => {
  const file = path.join(part, "app/out.tap");
  await writeFile(file, GREEN);
  // When the fake clock says that it is.
  const at = new Date(Date.parse("2026-11-21T06:00:00Z") - ageMs);
  await utimes(file, at, at);
  const { result } = await ran(tests, { report: "/app/out.tap", in: "stack/web" });

  expect(result.outcome).toBe(outcome);
});

test("what is done twice, and what is looked at, runs where it is told", async () => {
  const { result, inside } = await ran(twice, {
    run: ["true"],
    runs: 2,
    in: "stack/web",
    same: [
      { command: ["echo", "web"] },
      { command: ["echo", "db"], in: "stack/db" },
      { command: ["echo", "here"], in: "here" },
    ],
  });

  expect(result.outcome).toBe("passed");
  const seen = inside.places.map(({ part: name }) => name).join(" ");
  expect(seen).toBe("web web db web web db");
});

const said = (rows: number) =>
  `{"name" : "public.exams", "rows" : ${rows}, "digest" : "1:${rows}"}\n`;

test("a PostgreSQL database is asked by psql in its part, and the password is no argument", async () => {
  let looked = 0;
  const shell = plainShell();
  const look: typeof shell.look = async (asked) => {
    shell.started.push(asked);
    looked++;
    return { ended: { how: "exit", code: 0 }, tail: "", durationMs: 1, stdout: said(looked + 1) };
  };
  const { result } = await ran(
    twice,
    {
      run: ["true"],
      same: [
        { postgres: { in: "stack/db", database: "exams", user: "app", password: "hunter22" } },
      ],
    },
    { shell: { ...shell, look } },
  );

  expect(result).toMatchObject({ outcome: "failed", failure: { code: "twice-changed" } });
  expect(result.failure?.what).toMatch(
    /exams: public\.exams was 2 rows, sha256 \w{16} and is 3 rows/,
  );
  const [asked] = shell.started;
  expect(asked?.argv.join(" ")).toMatch(/psql -X -q -A -t -w -v ON_ERROR_STOP=1$/);
  expect(asked?.env).toMatchObject({
    PGUSER: "app",
    PGDATABASE: "exams",
    PGPASSWORD: "hunter22",
  });
});

/** A step on the host app1, with the shells of that host and of this machine. */
async function onHost(kind: StepKind, spec: object, given: Given = {}) {
  const shell = plainShell();
  const plain = await folderHosts(part, { app1: {} });
  const far = { ...plain.host("app1"), shell: plainShell() };
  const hosts = { names: ["app1"], host: () => far };
  await using fake = await fakeWork(kind, { shell, hosts, ...given, spec });
  return { result: await kind.run(fake.work), here: shell.started, there: far.shell.started };
}

test("a command on a host is given to that host's shell alone, as it is", async () => {
  const { result, here, there } = await onHost(command, { run: ["true"], in: "app1", cwd: "/" });

  expect(result.outcome).toBe("passed");
  expect(here).toEqual([]);
  expect(there).toEqual([{ argv: ["true"], cwd: "/", env: {} }]);
});

test("a suite's report is fetched from the host, and only a new one counts", async () => {
  const file = path.join(part, "a report.tap");
  await writeFile(file, GREEN);
  const spec = {
    command: sh(`${printGreen}; mv out.tap '${file}'`),
    cwd: part,
    report: file,
    in: "app1",
  };
  const { result, here } = await onHost(tests, spec);
  expect(result).toMatchObject({ outcome: "passed", summary: "1 of 1 test passed" });
  expect(here).toEqual([]);

  const stale = await onHost(tests, { ...spec, command: ["true"] });
  expect(stale.result).toMatchObject({ failure: { code: "tests-no-report" } });
  expect(stale.result.failure?.what).toContain(`app1:${file}`);
});

test("what is done twice on a host is looked at there, unless it says here", async () => {
  const { result, here, there } = await onHost(twice, {
    run: ["true"],
    runs: 2,
    in: "app1",
    same: [{ command: ["echo", "there"] }, { command: ["echo", "here"], in: "here" }],
  });

  expect(result.outcome).toBe("passed");
  expect(here.map(({ argv }) => argv.join(" "))).toEqual(["echo here", "echo here"]);
  expect(there.map(({ argv }) => argv.join(" "))).toEqual([
    "true",
    "echo there",
    "true",
    "echo there",
  ]);
});

test("a driver whose parts are on other machines names the shell for them", async () => {
  const far = plainShell();
  const inside = partDriver(part);
  const driver = { ...inside.driver, shellOf: () => far };
  const { result, shell } = await ran(
    command,
    { run: ["true"], in: "stack/web" },
    {
      drivers: { stack: driver },
    },
  );

  expect(result.outcome).toBe("passed");
  expect([shell.started.length, far.started.length]).toEqual([0, 1]);
});
