import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Json, JsonObject } from "../../model/json.ts";
import type { Driver, LogPiece } from "../../ports/driver.ts";
import { fakePreparation, fakeWork, type Given } from "../../../test/rig/fake-work.ts";
import { logs } from "./index.ts";

type Pieces = readonly (LogPiece | string)[];

/** A target that has logged this; each further reading gives the next of `later`. */
function logging(pieces: Pieces, ...later: Pieces[]): Driver {
  const readings = [pieces, ...later];
  const read: (Json | undefined)[] = [];
  return {
    async logMark() {
      return { here: 1 };
    },
    async *logsSince(mark: Json | undefined) {
      const now = readings[Math.min(read.length, readings.length - 1)] ?? [];
      read.push(mark);
      for (const piece of now)
        yield typeof piece === "string" ? { part: "v1/web", text: piece } : piece;
    },
    read,
  } as unknown as Driver;
}

const DEPLOYED: Given = {
  steps: [{ id: "up", kind: "deploy", spec: { target: "web" } }],
  factsOf: { up: { log_mark: { here: 0 } } },
};

async function judged(spec: object, pieces: Pieces, given: Given = {}) {
  await using fake = await fakeWork(logs, {
    ...DEPLOYED,
    spec: { target: "web", ...spec },
    drivers: { web: logging(pieces) },
    ...given,
  });
  return { result: await logs.run(fake.work), kept: fake.kept };
}

const FINE = "2026 INFO Application startup complete\n2026 INFO ready\n";
const BAD = "2026 INFO a\n2026 ERROR no disk left on 7\n    at x\n2026 INFO b\n";
const entry = (more: object) =>
  `${JSON.stringify({ event: "blob_download", blob_id: "b1", actor: "anna", bytes: 10, ...more })}\n`;
const H10 = {
  entries: [
    { where: { event: "blob_download", blob_id: "b1" }, fields: ["actor", "address", "bytes"] },
  ],
};

test.each<[string, object, Pieces, string, string?]>([
  ["nothing forbidden in a log that speaks", { must_not: ["ERROR"] }, [FINE], "passed"],
  [
    "a forbidden word",
    { must_not: [String.raw`\b(ERROR|CRITICAL)\b`] },
    [BAD],
    "failed",
    "logs-have-forbidden",
  ],
  [
    "a forbidden word that is excepted",
    { must_not: ["ERROR"], except: ["no disk left"] },
    [BAD],
    "passed",
  ],
  ["an awaited line", { must: ["startup complete"] }, [FINE], "passed"],
  ["no awaited line", { must: ["startup complete"] }, [BAD], "failed", "logs-lack-expected"],
  ["an empty log", { must_not: ["ERROR"] }, [], "inconclusive", "logs-too-short"],
  ["an empty log that was to speak", { must: ["x"] }, [""], "inconclusive", "logs-too-short"],
  [
    "the driver's own words alone",
    { must_not: ["E"] },
    [{ part: "door", text: "open\n", isDrivers: true }],
    "inconclusive",
    "logs-too-short",
  ],
  [
    "fewer lines than wanted",
    { must_not: ["ERROR"], least_lines: 3 },
    [FINE],
    "inconclusive",
    "logs-too-short",
  ],
  [
    "a named part that says nothing",
    { must_not: ["ERROR"], parts: ["worker"] },
    [FINE],
    "inconclusive",
    "logs-too-short",
  ],
  [
    "one of two named parts that says nothing",
    { must_not: ["ERROR"], parts: ["web", "worker"] },
    [FINE],
    "inconclusive",
    "logs-too-short",
  ],
  [
    "a log whose beginning is gone",
    { must_not: ["ERROR"] },
    [{ part: "v1/web", text: "", lost: 1 }, FINE],
    "inconclusive",
    "logs-lost",
  ],
  [
    "a forbidden word after a lost beginning",
    { must_not: ["ERROR"] },
    [{ part: "v1/web", text: "", lost: 1 }, BAD],
    "failed",
    "logs-have-forbidden",
  ],
  [
    "an awaited line after a lost beginning",
    { must: ["ready"] },
    [{ part: "v1/web", text: "", lost: 1 }, FINE],
    "passed",
  ],
  [
    "an awaited line that may be in the lost beginning",
    { must: ["nope"] },
    [{ part: "v1/web", text: "", lost: 1 }, FINE],
    "inconclusive",
    "logs-lost",
  ],
  ["no error entries", { levels: { error: 0 } }, [FINE], "passed"],
  ["an error entry", { levels: { error: 0 } }, [BAD], "failed", "logs-too-many"],
  [
    "something worse than an error",
    { levels: { error: 0 } },
    ["2026 CRITICAL x\n"],
    "failed",
    "logs-too-many",
  ],
  [
    "an error entry that is excepted",
    { levels: { error: 0 }, except: ["no disk"] },
    [BAD],
    "passed",
  ],
  [
    "warnings within the limit",
    { levels: { warn: { at_most: 1 } } },
    [`${FINE}WARN x\n`],
    "passed",
  ],
  [
    "a log without any level",
    { levels: { error: 0 } },
    ["hello\n"],
    "inconclusive",
    "logs-no-levels",
  ],
  [
    "too few entries of a level",
    { levels: { info: { at_least: 3 } } },
    [FINE],
    "failed",
    "logs-too-few",
  ],
  ["an audit entry with all it must hold", H10, [entry({ address: "127.0.0.1" })], "passed"],
  ["an audit entry that lacks a field", H10, [entry({})], "failed", "logs-entry-incomplete"],
  [
    "an audit entry whose field is empty",
    H10,
    [entry({ address: "" })],
    "failed",
    "logs-entry-incomplete",
  ],
  [
    "an audit entry about something else",
    H10,
    [entry({ blob_id: "b2", address: "x" })],
    "failed",
    "logs-lack-entry",
  ],
  [
    "an audit entry that is cut off",
    H10,
    ['{"event":"blob_download","blob_id":"b1","act\n'],
    "failed",
    "logs-lack-entry",
  ],
  [
    "the right words in the wrong fields",
    H10,
    ['{"msg":"blob_download b1"}\n'],
    "failed",
    "logs-lack-entry",
  ],
  [
    "an entry that writes its words in escapes",
    { entries: [{ where: { event: "a b" } }] },
    ['{"event":"a\\u0020b"}\n'],
    "passed",
  ],
  [
    "an entry behind a prefix",
    { entries: [{ where: { event: "x" } }] },
    ['web | {"event":"x"}\n'],
    "passed",
  ],
  [
    "an entry whose number is another one",
    { entries: [{ where: { event: "x" }, fields: { bytes: 11 } }] },
    ['{"event":"x","bytes":10}\n'],
    "failed",
    "logs-entry-incomplete",
  ],
  [
    "a number that a look-up gave as text",
    { entries: [{ where: { id: "17" }, fields: { bytes: "10" } }] },
    ['{"id":17,"bytes":10}\n'],
    "passed",
  ],
  [
    "more entries than wanted",
    { entries: [{ where: { event: "x" }, at_least: 0, at_most: 1 }] },
    ['{"event":"x"}\n{"event":"x"}\n'],
    "failed",
    "logs-too-many-entries",
  ],
  ["an error that is not among the last lines", { must_not: ["ERROR"], last: 1 }, [BAD], "passed"],
  [
    "an error that is among the last lines",
    { must_not: ["ERROR"], last: 3 },
    [BAD],
    "failed",
    "logs-have-forbidden",
  ],
  [
    "an error in the first of two pieces, within the last lines",
    { must_not: ["ERROR"], last: 4 },
    [BAD, "x\n"],
    "failed",
    "logs-have-forbidden",
  ],
])("%s", async (_, spec, pieces, outcome, code) => {
  const { result } = await judged(spec, pieces);
  expect([result.outcome, result.failure?.code]).toEqual([outcome, code]);
});

test.each([
  ["v1+1", "inconclusive"],
  ["v2+2", "passed"],
  [undefined, "passed"],
])("while v2 is deployed, lines of %s alone are %s", async (release, outcome) => {
  const piece = { part: "x", text: FINE, ...(release !== undefined && { release }) };
  const given = { ...DEPLOYED, release: { id: "v2+2", name: "v2" } };
  const { result } = await judged({ must_not: ["ERROR"] }, [piece], given);
  expect(result.outcome).toBe(outcome);
  const { result: tail } = await judged({ must_not: ["ERROR"], last: 1 }, [piece], given);
  expect(tail.outcome).toBe(outcome);
  if (outcome !== "passed")
    expect(result.failure?.what).toContain("0 lines, besides 2 of other releases");
});

test("shows the ends of a log and the lines around a finding, across pieces", async () => {
  const all = Array.from({ length: 60 }, (_, index) => `line ${index + 1}`);
  all[24] = "line 25 ERROR";
  const pieces = [all.slice(0, 24), all.slice(24, 25), all.slice(25)];

  const { result, kept } = await judged(
    { must_not: ["ERROR"], context: 2 },
    pieces.map((lines) => `${lines.join("\n")}\n`),
  );

  expect(result.failure).toMatchObject({ detail: "line 25 ERROR", at: { line: 1 } });
  expect(kept.get("logs.txt")?.split("\n").slice(5, 16)).toEqual([
    "   5  line 5",
    "      …",
    "  23  line 23",
    "  24  line 24",
    "> 25  line 25 ERROR",
    "      ^ /ERROR/",
    "  26  line 26",
    "  27  line 27",
    "      …",
    "  41  line 41",
    "  42  line 42",
  ]);
});

test("waits for the line that says it has started", async () => {
  const driver = logging(["INFO starting\n"], ["INFO starting\n"], [FINE]);
  await using fake = await fakeWork(logs, {
    ...DEPLOYED,
    spec: { target: "web", must: ["startup complete"], within: "60s" },
    drivers: { web: driver },
  });

  expect(await logs.run(fake.work)).toMatchObject({ outcome: "passed" });
  expect(fake.said).toEqual([
    "1 line so far, /startup complete/ still to come",
    "1 line so far, /startup complete/ still to come",
    "2 lines of web since deploy read",
  ]);
  expect((driver as unknown as { read: Json[] }).read[0]).toEqual({ here: 0 });
});

test("waits no longer than it may, and not at all once something forbidden is there", async () => {
  const waiting = { must: ["never"], within: "5s" };
  expect((await judged(waiting, [FINE])).result.failure?.code).toBe("logs-lack-expected");
  const { result } = await judged({ ...waiting, must_not: ["ERROR"] }, [BAD]);
  expect(result).toMatchObject({ failure: { code: "logs-have-forbidden" } });
  expect(result.numbers?.["durationMs"]).toBe(0);
});

test.each([
  ["deploy", {}, "logs-no-mark"],
  ["m", { steps: [{ id: "m", kind: "logs" }] }, "logs-no-mark"],
])("since %s without a mark is no verdict", async (since, given, code) => {
  await expect(
    judged({ since, must_not: ["x"] }, [FINE], { steps: [], factsOf: {}, ...given }),
  ).rejects.toMatchObject({
    failure: { code },
  });
});

test("a driver that can't read logs is no verdict", async () => {
  await expect(
    judged({ must_not: ["x"] }, [], { drivers: { web: {} as Driver } }),
  ).rejects.toMatchObject({ failure: { code: "logs-unable" } });
});

test("tells new errors from those of the accepted release", async () => {
  const folder = await mkdtemp(join(tmpdir(), "seaworthy-logs-"));
  const run = async (number: string, pieces: Pieces, accept = true) => {
    await using fake = await fakeWork(logs, {
      ...DEPLOYED,
      folder,
      run: number,
      spec: { target: "web", new_errors: "fail" },
      drivers: { web: logging(pieces) },
    });
    const result = await logs.run(fake.work);
    await fake.work.note(result.facts ?? {});
    if (accept) await logs.accept?.(fake.work);
    if (accept) await logs.accept?.(fake.work);
    return result;
  };
  try {
    expect(await run("1", [BAD])).toMatchObject({
      outcome: "passed",
      warnings: [expect.stringContaining("No accepted release")],
    });
    expect(await run("2", [BAD.replace("7", "99")])).toMatchObject({
      outcome: "passed",
      warnings: [],
    });
    const fresh = `${BAD}2026 ERROR no memory left\n`;
    expect(await run("3", [fresh], false)).toMatchObject({
      outcome: "failed",
      failure: { code: "logs-new-errors", detail: "1 × 2026 ERROR no memory left" },
      numbers: { errorKinds: 2, newErrorKinds: 1 },
    });
    expect(await run("4", [fresh], false)).toMatchObject({ outcome: "failed" });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("reads a file on from where it was marked", async () => {
  await using fake = await fakeWork(logs, { spec: { file: "audit.log", mark: true } });
  const file = join(fake.work.project, "audit.log");
  await writeFile(file, "ERROR old\n");
  const marked = await logs.run(fake.work);
  await writeFile(file, "ERROR old\nnew\n", { flag: "r+" });
  await using later = await fakeWork(logs, {
    folder: fake.folder,
    spec: { file: "audit.log", since: "m", must_not: ["ERROR"] },
    steps: [{ id: "m", kind: "logs" }],
    factsOf: { m: marked.facts as JsonObject },
  });

  expect(await logs.run(later.work)).toMatchObject({
    outcome: "passed",
    numbers: { lines: 1, samples: 1 },
  });
});

test("a file that is not there is an error, not an empty log", async () => {
  await using fake = await fakeWork(logs, { spec: { file: "none.log", must_not: ["x"] } });
  await expect(logs.run(fake.work)).rejects.toMatchObject({
    failure: { code: "logs-unreadable" },
  });
});

test("bytes that are no text, and lines without end, are judged", async () => {
  await using fake = await fakeWork(logs, { spec: { file: "a.log", must_not: ["ERROR"] } });
  const huge = Buffer.alloc(2_500_000, 0xff);
  await writeFile(
    join(fake.work.project, "a.log"),
    Buffer.concat([huge, Buffer.from("\nERROR\n")]),
  );
  expect(await logs.run(fake.work)).toMatchObject({
    outcome: "failed",
    warnings: [expect.stringContaining("longer than 1 MB")],
  });
});

test("keeps the whole log when the plan asks for it", async () => {
  const { kept } = await judged({ must_not: ["x"] }, [FINE], {
    step: { save: { full: "all.log" } },
  });
  expect(kept.get("all.log")).toBe(`==> v1/web <==\n${FINE}`);
});

test("keeps the last lines alone, where they alone are judged", async () => {
  const { kept } = await judged({ must_not: ["x"], last: 1 }, ["one\ntwo\nlast\n"], {
    step: { save: { full: "tail.log" } },
  });

  expect(kept.get("tail.log")).toBe("==> v1/web <==\nlast\n");
});

test.each<[string, object, string[]]>([
  ["nothing to judge", {}, ["blame-step"]],
  ["neither target nor file", { target: undefined, must: ["x"] }, ["blame-step"]],
  ["both", { file: "a", must: ["x"] }, ["blame-file"]],
  ["an unknown target", { target: "wep", must: ["x"] }, ["blame-target"]],
  ["a must that every line has", { must: ["a*"] }, ["blame-must"]],
  ["an exception that takes everything", { must_not: ["x"], except: [".*"] }, ["blame-except"]],
  ["an exception from nothing", { must: ["x"], except: ["y"] }, ["blame-except"]],
  ["a wait for nothing", { must_not: ["x"], within: "5s" }, ["blame-within"]],
  ["a level that may be anything", { levels: { warn: {} } }, ["blame-levels.warn"]],
  [
    "entries that may be any number",
    { entries: [{ where: { a: 1 }, at_least: 0 }] },
    ["blame-entries.0"],
  ],
  ["a mark that judges", { mark: true, must: ["x"] }, ["blame-mark"]],
  ["an unknown beginning", { must: ["x"], since: "m" }, ["blame-since"]],
  ["a beginning without a deploy", { must: ["x"], since: "deploy" }, ["blame-since"]],
  ["a file outside", { target: undefined, file: "../a", must: ["x"] }, ["blame-file"]],
])("validate refuses %s", (_, spec, blamed) => {
  const prepared = logs.prepare?.(
    logs.spec.parse({ target: "web", ...spec }) as JsonObject,
    fakePreparation({ targets: ["web"] }),
  );
  expect(prepared?.diagnostics.map(({ code }) => code)).toEqual(blamed);
});
