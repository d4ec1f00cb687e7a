import { httpAnswer } from "../../../test/rig/http-answer.ts";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Fault } from "../../model/failure.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Driver } from "../../ports/driver.ts";
import type { Http } from "../../ports/http.ts";
import type { Work } from "../../ports/step-kind.ts";
import { fakePreparation, fakeWork, type Given } from "../../../test/rig/fake-work.ts";
import { plainShell } from "../../../test/rig/plain-shell.ts";
import { preflight } from "./index.ts";
import { findVersion, isIn, parseRange } from "./version.ts";

async function check(
  checks: readonly object[],
  given: Given = {},
  files: Readonly<Record<string, string>> = {},
) {
  await using fake = await fakeWork(preflight, { spec: { checks }, shell: plainShell(), ...given });
  for (const [name, text] of Object.entries(files))
    await writeFile(join(fake.work.project, name), text);
  const result = await preflight.run(fake.work);
  return { result, kept: fake.kept, said: fake.said };
}

/** An Http that answers with this status, or not at all. */
const answering = (status: number | Fault): Http => ({
  send: async () => {
    if (status instanceof Fault) throw status;
    return httpAnswer({ status });
  },
});

const unreachable = new Fault({
  code: "http-unreachable",
  what: "Nobody listens.",
  fix: "Start it.",
});
const serving = (name: string) =>
  ({ current: async () => ({ id: name, name }) }) as unknown as Driver;

test("passes when every check says yes, and keeps the table", async () => {
  const { result, kept } = await check([
    { tool: "git", version: ">=2" },
    { disk: "1KB" },
    { memory: "1KB" },
  ]);

  expect(result).toMatchObject({
    outcome: "passed",
    summary: "3 of 3 checks say yes",
    numbers: { checks: 3, failed: 0 },
    evidence: [{ name: "preflight.txt" }],
  });
  expect(kept.get("preflight.txt")).toMatch(/^yes +git >=2 +2\.\d+/m);
});

test("goes on after a no, and names every no with what to do about it", async () => {
  const { result, said } = await check([
    { disk: "900TB" },
    { tool: "git" },
    { tool: "no-such-tool", fix: "Ask Ada for it." },
  ]);

  expect(result).toMatchObject({ outcome: "failed", failure: { code: "preflight-refused" } });
  expect(result.failure?.what).toMatch(/^2 of 3 .*disk 900 TB.*no-such-tool \(not found\)/);
  expect(result.failure?.fix).toMatch(
    /^disk 900 TB: Free .* more.*\nno-such-tool: Ask Ada for it\.$/,
  );
  expect(result.failure?.detail).not.toContain("yes");
  expect(said).toHaveLength(3);
});

const FILES = { VERSION: "1.2.0\n", EMPTY: " \n" };

test.each<[string, object, boolean]>([
  ["a tool that is old", { tool: "git", version: ">=99" }, false],
  ["a tool that fails", { tool: "false" }, false],
  ["a tool without a version", { tool: "echo", args: ["no number"], version: ">=1" }, false],
  ["a tool with other arguments", { tool: "echo", args: ["x 1.4.2"], version: ">=1.4 <2" }, true],
  ["memory that no machine has", { memory: "900TB" }, false],
  ["a disk at a folder that is not there", { disk: "1KB", at: "nowhere" }, false],
  ["a file that is there", { file: "VERSION" }, true],
  ["a file that is missing", { file: "CHANGELOG.md" }, false],
  ["a file that is empty", { file: "EMPTY" }, false],
  ["a folder instead of a file", { file: "." }, false],
  ["a file that says what it should", { file: "VERSION", equals: "1.2.0" }, true],
  ["a file that says something else", { file: "VERSION", equals: "1.2" }, false],
  ["a file that contains a text", { file: "VERSION", contains: "2.0" }, true],
  ["a file that lacks a text", { file: "VERSION", contains: "3" }, false],
  ["a file that matches", { file: "VERSION", matches: "^1\\.\\d+" }, true],
  ["a file that does not match", { file: "VERSION", matches: "^2" }, false],
  ["a file outside the project", { file: "../VERSION" }, false],
  ["a folder that can be written", { writable: "." }, true],
  ["a folder that is not there", { writable: "nowhere" }, false],
  ["a secret that is long enough", { secret: "PASS", min_length: 8 }, true],
  ["a secret that is too short", { secret: "PASS", min_length: 9 }, false],
  ["a secret that the step does not declare", { secret: "OTHER" }, false],
  ["an address that answers", { url: "http://a.example/" }, true],
  ["an address that answers otherwise", { url: "http://a.example/", status: 204 }, false],
  ["a target that answers", { target: "stack" }, true],
])("looks at %s", async (_, each, isGood) => {
  const { result } = await check(
    [each],
    { secrets: { PASS: "12345678" }, http: answering(200), drivers: { stack: serving("v1") } },
    FILES,
  );

  expect(result.outcome).toBe(isGood ? "passed" : "failed");
});

test("a world that does not answer is a no with its own remedy", async () => {
  const { result } = await check([{ url: "http://a.example/" }], { http: answering(unreachable) });

  expect(result).toMatchObject({ outcome: "failed" });
  expect(result.failure?.fix).toContain("Start it.");
});

test("never says a secret", async () => {
  const { result, kept, said } = await check([{ secret: "PASS", min_length: 20 }], {
    secrets: { PASS: "hunter22" },
  });

  expect(JSON.stringify([result, [...kept], said])).not.toContain("hunter22");
});

test.each(["127.0.0.1", "0.0.0.0", "::1"])(
  "sees a port that is taken on %s, and one that is free again",
  async (host) => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    const { port } = server.address() as AddressInfo;

    const taken = await check([{ port_free: port }]);
    await new Promise((resolve) => server.close(resolve));
    const free = await check([{ port_free: port }]);

    expect([taken.result.outcome, free.result.outcome]).toEqual(["failed", "passed"]);
  },
);

async function repository(checks: readonly object[], change?: (project: string) => Promise<void>) {
  const shell = plainShell();
  await using fake = await fakeWork(preflight, { spec: { checks }, shell });
  const { project, signal } = fake.work;
  const git = (...argv: string[]) =>
    shell.look(
      {
        argv: ["git", "-c", "user.name=Ada", "-c", "user.email=a@example.org", ...argv],
        cwd: project,
      },
      { timeoutMs: 5_000, signal },
    );
  await mkdir(project, { recursive: true });
  await git("init", "-q");
  await writeFile(join(project, "a"), "a");
  await git("add", ".");
  await git("commit", "-q", "-m", "a");
  await git("tag", "v1");
  await change?.(project);
  return await preflight.run(fake.work);
}

test.each<[string, object | string, string]>([
  ["a clean tree", "clean", "passed"],
  ["a tag that is there", { tag_exists: "v1", clean: true }, "passed"],
  ["a tag that is missing", { tag_exists: "v2" }, "failed"],
  ["another commit", { commit: "0000000" }, "failed"],
])("looks at %s", async (_, git, outcome) => {
  expect((await repository([{ git }])).outcome).toBe(outcome);
});

test("names the files that were changed", async () => {
  const result = await repository([{ git: "clean" }], (project) =>
    writeFile(join(project, "new"), ""),
  );

  expect(result.failure?.what).toContain("1 changed: new");
});

test("says that a folder is no repository", async () => {
  const { result } = await check([{ git: "clean" }]);

  expect(result.failure?.what).toContain("not a git repository");
});

test.each([
  ["no checks at all", []],
  ["a check of nothing", [{ fix: "x" }]],
  ["two checks in one", [{ tool: "git", disk: "1GB" }]],
  ["an option of another check", [{ disk: "1GB", version: ">=1" }]],
  ["an unknown check", [{ tol: "git" }]],
  ["a git check that asks nothing", [{ git: {} }]],
  ["a size that is none", [{ disk: "much" }]],
])("does not read %s", (_, checks) => {
  expect(preflight.spec.safeParse({ checks }).success).toBe(false);
});

test("refuses a range of versions that says nothing, and a target that is not there", () => {
  const spec = preflight.spec.parse({
    checks: [{ tool: "git", version: "new" }, { target: "stak" }],
  }) as never;

  const prepared = preflight.prepare?.(spec, fakePreparation({ targets: ["stack"] }));

  expect(prepared?.diagnostics.map(({ what }) => what)).toEqual([
    expect.stringContaining('"new"'),
    expect.stringContaining('"stak"'),
  ]);
});

test.each([
  [">=2.30", "git version 2.39.5", true],
  [">=2.30", "git version 2.9.1", false],
  [">=20 <23", "v22.1.0", true],
  [">=20 <23", "v23.0.0", false],
  [">=20, <23", "v19.9.9", false],
  ["24", "v24.21.0", true],
  ["24.x", "v25.0.0", false],
  ["=1.2.3", "tool 1.2.3-rc1 (build 9)", true],
  [">24", "v24.21.0", false],
  ["<=24", "v24.21.0", true],
  [">= 2.0", "Docker version 20.10.24, build 297e128", true],
])("%s fits %j: %s", (range, output, fits) => {
  const [parsed, version] = [parseRange(range), findVersion(output)];

  expect(parsed && version && isIn(version, parsed)).toBe(fits);
});

test.each(["", "new", ">=", "^2", "1 || 2", ">=1.2.3.4.5"])(
  "%j is no range of versions",
  (text) => {
    expect(parseRange(text)).toBeUndefined();
  },
);

test("a browser is there with its version, or it is said what to install", async () => {
  await using fake = await fakeWork(preflight, { spec: { checks: [{ browser: "any" }] } });
  const found = { path: "/usr/bin/chromium", version: "Chromium 150.0" };
  const look = (find: Work<JsonObject>["browsers"]["find"]) =>
    preflight.run({ ...fake.work, browsers: { ...fake.work.browsers, find } });
  expect(await look(async () => found)).toMatchObject({ outcome: "passed" });
  const missing = new Fault({
    code: "browser-missing",
    what: "No browser.",
    fix: "Install one: apt-get install chromium",
  });
  expect(await look(() => Promise.reject(missing))).toMatchObject({
    outcome: "failed",
    failure: {
      what: "1 of 1 checks say no: browser any (No browser.).",
      fix: "browser any: Install one: apt-get install chromium",
    },
  });
});
