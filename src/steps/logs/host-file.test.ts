import {
  appendFile,
  copyFile,
  mkdir,
  mkdtemp,
  rename,
  rm,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fakePreparation, fakeWork } from "../../../test/rig/fake-work.ts";
import { folderHosts } from "../../../test/rig/folder-hosts.ts";
import type { Result } from "../../model/event.ts";
import { Fault } from "../../model/failure.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import { logs } from "./index.ts";

let folder = "";
let file = "";
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "logs-on-host-"));
  file = path.join(folder, "srv", "audit.log");
  await mkdir(path.dirname(file));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function ran(spec: object, marks?: Json) {
  await using fake = await fakeWork(logs, {
    folder,
    spec: { file, on: "app1", ...spec },
    step: { id: "after" },
    steps: [{ id: "before", kind: "logs" }],
    ...(marks !== undefined && { factsOf: { before: { log_mark: marks } } }),
  });
  const hosts = await folderHosts(folder, { app1: {}, app2: {} });
  const result = await logs.run({ ...fake.work, hosts }).catch((error: unknown): Result => {
    if (error instanceof Fault) return { outcome: "error", failure: error.failure };
    throw error;
  });
  return { result, kept: [...fake.kept.values()].join(""), asked: hosts.asked };
}

async function mark(on: string | string[] = "app1"): Promise<Json> {
  const { result } = await ran({ mark: true, on });
  return result.facts?.["log_mark"] ?? null;
}

const since = (marks: Json, spec: object = { must: "download" }) =>
  ran({ since: "before", ...spec }, marks);
const LONG = "an old line that is long enough to be told from all others\n".repeat(10);

test("reads what came since the mark, and nothing that stood there before", async () => {
  await writeFile(file, `${LONG}old download\n`);
  const marks = await mark();
  await appendFile(file, "new one\n");

  expect((await since(marks)).result.failure?.code).toBe("logs-lack-expected");
  await appendFile(file, "a download\n");
  const { result, kept } = await since(marks, { must: "download", must_not: "old" });
  expect(result).toMatchObject({ outcome: "passed", numbers: { lines: 2 } });
  expect(kept).toContain("app1/audit.log: 2 lines");
});

test("a line that was half written at the mark is read whole", async () => {
  await writeFile(file, `${LONG}a down`);
  const marks = await mark();
  await appendFile(file, "load\n");

  expect((await since(marks)).result.numbers).toMatchObject({ lines: 1, expected: 1 });
});

test.each<[string, () => Promise<void>]>([
  ["moved away and begun anew", () => rename(file, `${file}.1`)],
  [
    "moved away twice",
    async () => {
      await rename(file, `${file}.2`);
      await writeFile(`${file}.1`, "between\n");
    },
  ],
  ["copied and emptied", () => copyFile(file, `${file}.1`).then(() => truncate(file))],
])("follows a log that was %s", async (_, rotate) => {
  await writeFile(file, LONG);
  const marks = await mark();
  await appendFile(file, "first download\n");
  await rotate();
  await appendFile(file, "second download\n");
  const { result, kept } = await since(marks, { must: ["first", "second"], must_not: "old" });

  expect(result.outcome).toBe("passed");
  expect(kept).toMatch(/first download[^]*second download/);
});

test("says that it can't know when the marked file is gone", async () => {
  await writeFile(file, LONG);
  const marks = await mark();
  await rm(file);
  await writeFile(file, "another\n".repeat(200));

  expect((await since(marks, { must_not: "ERROR" })).result).toMatchObject({
    outcome: "inconclusive",
    failure: { code: "logs-lost" },
  });
});

test("a log that was not there at the mark is new from its beginning", async () => {
  const marks = await mark();
  await writeFile(file, "a download\n");

  expect(marks).toEqual({ app1: null });
  expect((await since(marks)).result.outcome).toBe("passed");
});

test("judges the logs of several hosts as one", async () => {
  await writeFile(file, LONG);
  const marks = await mark(["app1", "app2"]);
  await appendFile(file, "a download\n");
  const { result, kept } = await since(marks, { on: ["app1", "app2"], must: "download" });

  expect(result.numbers).toMatchObject({ lines: 2 });
  expect(kept).toMatch(/app1\/audit\.log: 1 line[^]*app2\/audit\.log: 1 line/);
});

test("a host that was not marked is none to read from its beginning", async () => {
  await writeFile(file, LONG);
  const marks = await mark();

  expect((await since(marks, { on: "all", must: "x" })).result.failure?.code).toBe("logs-no-mark");
});

test("without a mark the file is read from its beginning, long lines in pieces", async () => {
  await writeFile(file, `${"x".repeat(2_500_000)}\n${LONG}`);
  const { result } = await ran({ must: "x{9}", since: "all" });

  expect(result).toMatchObject({ outcome: "passed", numbers: { lines: 13 } });
  expect(result.warnings?.[0]).toContain("2 pieces of lines longer than 1 MB");
});

test("a file that is not there is no log, unless it is waited for", async () => {
  expect((await ran({ must: "x" })).result.failure?.code).toBe("logs-unreadable");
  expect((await ran({ must: "x", within: "1s" })).result.failure?.code).toBe("logs-too-short");
  expect((await ran({ must: "x", file: folder })).result.failure?.code).toBe("logs-unreadable");
});

test("finds the entry that an act has left, with its fields", async () => {
  await writeFile(file, LONG);
  const marks = await mark();
  await appendFile(file, '{"event":"download","actor":"ana","bytes":7}\n');
  const entries = [
    { where: { event: "download" }, fields: { actor: "ana", bytes: { at_least: 1 } } },
  ];

  expect((await since(marks, { entries })).result.outcome).toBe("passed");
  const more = [{ where: { event: "download" }, fields: ["address"] }];
  expect((await since(marks, { entries: more })).result.failure?.code).toBe(
    "logs-entry-incomplete",
  );
});

test.each<[string, object, readonly string[]]>([
  ["a path that begins nowhere", { file: "audit.log", on: "all" }, ["blame-file"]],
  ["a host that is not there", { file: "/a", on: "app9" }, ["blame-on"]],
  ["a target on a host", { target: "web", on: "app1" }, ["blame-on"]],
  ["nothing", { file: "/srv/a.log", on: ["app1"] }, []],
])("validate refuses %s", (_, more, codes) => {
  const spec = logs.spec.parse({ must_not: "x", ...more }) as JsonObject;
  const given = fakePreparation({ hosts: ["app1"], targets: ["web"] });

  expect(logs.prepare?.(spec, given).diagnostics.map(({ code }) => code)).toEqual(codes);
});
