/** Logs that lie on hosts: read from a mark on, over the link, however long they are. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Result } from "../../src/model/event.ts";
import { Fault } from "../../src/model/failure.ts";
import type { Json } from "../../src/model/json.ts";
import { logs } from "../../src/steps/logs/index.ts";
import { fakeWork } from "../rig/fake-work.ts";
import { startHosts, type LabHost, type LabHosts } from "./rig/hosts.ts";
import { openLink, type Link } from "./rig/link.ts";
import { reachHosts, type LabReach } from "./rig/open-hosts.ts";

const FILE = "/srv/erp/logs/audit.log";
let all: LabHosts;
let one: LabHost;
let two: LabHost;
let link: Link;
let reach: LabReach;
let folder = "";

/** 400 MB, of which nothing is to cross the link. */
const LONG = `mkdir -p /srv/erp/logs
yes '{"event":"old","text":"a line of a day long ago, with ERROR in it"}' | head -c 400000000 >${FILE}
echo >>${FILE}`;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "logs-lab-"));
  all = await startHosts({ prefix: "swp-log", count: 2 });
  [one, two] = all.hosts as [LabHost, LabHost];
  await Promise.all(all.hosts.map((host) => host.exec(["sh", "-c", LONG])));
  link = await openLink(one);
  reach = reachHosts(all.hosts, { ways: { "swp-log1": link }, secrets: ["so-secret-token"] });
});
afterAll(async () => {
  await reach[Symbol.asyncDispose]();
  await link[Symbol.asyncDispose]();
  await all[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function ran(spec: object, marks?: Json) {
  await using fake = await fakeWork(logs, {
    folder,
    spec: { file: FILE, on: "all", ...spec },
    step: { id: "after" },
    steps: [{ id: "before", kind: "logs" }],
    hosts: reach.hosts,
    ...(marks !== undefined && { factsOf: { before: { log_mark: marks } } }),
  });
  const result = await logs
    .run({ ...fake.work, timeoutMs: 60_000 })
    .catch((error: unknown): Result => {
      if (error instanceof Fault) return { outcome: "error", failure: error.failure };
      throw error;
    });
  return { result, kept: [...fake.kept.values()].join("") };
}

const mark = async (): Promise<Json> =>
  (await ran({ mark: true })).result.facts?.["log_mark"] ?? null;
const add = (host: LabHost, text: string) => host.exec(["sh", "-c", `cat >>${FILE}`], text);
const ENTRY =
  '{"event":"download","actor":"ana","address":"10.0.0.9","status":200,"bytes":1048576}\n';
const ENTRIES = [
  { where: { event: "download" }, fields: ["actor", "address", "status", "bytes"], at_least: 1 },
];

test("only what came since the mark crosses the link", async () => {
  const marks = await mark();
  await add(one, ENTRY);
  await add(two, '{"event":"login","token":"so-secret-token"}\n');
  const before = link.bytes.received;
  const { result, kept } = await ran(
    { since: "before", entries: ENTRIES, must_not: "ERROR" },
    marks,
  );

  expect(result).toMatchObject({ outcome: "passed", numbers: { lines: 2, entries: 1 } });
  expect(link.bytes.received - before).toBeLessThan(100_000);
  expect(kept).toMatch(/swp-log1\/audit\.log: 1 line[^]*swp-log2\/audit\.log: 1 line/);
  expect(kept).not.toContain("so-secret-token");
});

test("a log that is cut while it is written is read across its files", async () => {
  const marks = await mark();
  await add(one, ENTRY);
  await one.exec(["mv", FILE, `${FILE}.1`]);
  await add(one, ENTRY);
  await add(two, "x\n");
  const { result } = await ran(
    { since: "before", entries: [{ ...ENTRIES[0], at_least: 2 }] },
    marks,
  );

  expect(result).toMatchObject({ outcome: "passed", numbers: { entries: 2, lines: 3 } });
});

test("is waited for, and what never comes is said to be missing", async () => {
  const marks = await mark();
  const [{ result }] = await Promise.all([
    ran({ since: "before", must: "awaited", within: "30s" }, marks),
    new Promise((resolve) => setTimeout(resolve, 300)).then(() => add(two, "awaited\n")),
  ]);
  expect(result.outcome).toBe("passed");

  const none = await ran({ since: "before", must: "never", within: "1s" }, marks);
  expect(none.result.failure?.code).toBe("logs-lack-expected");
});

test("a file that may not be read is an error that says what to do", async () => {
  await two.exec(["chmod", "600", FILE]);
  const { result } = await ran({ must_not: "x", since: "all", on: ["swp-log2"] });
  await two.exec(["chmod", "644", FILE]);

  expect(result.failure).toMatchObject({
    code: "logs-unreadable",
    fix: expect.stringContaining("setfacl"),
  });
});

test("of a very long log the newest part is read, and what was left out is counted", async () => {
  const { result } = await ran({ must: "old", since: "all", on: ["swp-log2"] });

  expect(result.outcome).toBe("passed");
  expect(result.warnings).toContainEqual(expect.stringContaining("not there any more"));
  const absent = await ran({ must_not: "no such word", since: "all", on: ["swp-log2"] });
  expect(absent.result).toMatchObject({ outcome: "inconclusive", failure: { code: "logs-lost" } });
});
