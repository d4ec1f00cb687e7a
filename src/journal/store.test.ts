import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { virtualClock } from "../../test/rig/virtual-clock.ts";
import { sha256 } from "../lib/digest.ts";
import { openMark, readMark } from "./mark.ts";
import { formatOf, migrate, STEPS } from "./schema.ts";
import { openJournal } from "./sqlite.ts";

const clock = virtualClock();
let base: string;
let folder: string;
let file: string;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), "seaworthy-store-"));
  folder = join(base, "state");
  file = join(folder, "journal.db");
});

afterEach(() => rm(base, { recursive: true }));

const open = (options?: { readOnly: boolean }) => openJournal(folder, { clock }, options);
const openToRead = () => open({ readOnly: true });

async function written(): Promise<void> {
  const journal = open();
  await journal.create({ id: "1", environment: "staging", plan: "deploy", createdAt: "" }, "plan");
  await journal.append("1", 0, [{ kind: "run-interrupted", by: "ana" }]);
  await journal.close();
}

async function readEverything(): Promise<void> {
  const journal = open();
  try {
    const head = await journal.run("1");
    if (head !== undefined) await journal.snapshot(head.digest);
    await journal.read("1");
  } finally {
    await journal.close();
  }
}

function change(sql: string): void {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
}

function thrownBy(act: () => unknown): unknown {
  try {
    return act();
  } catch (thrown) {
    return thrown;
  }
}

describe("formats", () => {
  test("a journal of a newer Seaworthy is refused, untouched, with the advice to upgrade", async () => {
    await written();
    change(`PRAGMA user_version = ${STEPS.length + 1}`);
    const before = readFileSync(file);

    for (const readOnly of [false, true]) {
      expect(thrownBy(() => open({ readOnly }))).toMatchObject({
        failure: { code: "journal-newer", fix: expect.stringContaining("Upgrade") },
      });
    }
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test("an older journal is not brought up to date by a reader", async () => {
    await open().close();
    change("PRAGMA user_version = 0");

    expect(thrownBy(openToRead)).toMatchObject({ failure: { code: "journal-older" } });
    expect(readFileSync(file).readUInt32BE(60)).toBe(0);
  });

  test("somebody else's database is refused and left alone", async () => {
    await written();
    change("PRAGMA application_id = 7");

    expect(thrownBy(open)).toMatchObject({
      failure: { what: expect.stringContaining("not a Seaworthy journal") },
    });
  });

  test("each step is taken once, from wherever the database stands", () => {
    const database = new DatabaseSync(":memory:");
    migrate(database, ["CREATE TABLE a (x)"]);
    migrate(database, ["CREATE TABLE a (x)", "CREATE TABLE b (x)", "INSERT INTO b VALUES (1)"]);
    migrate(database, ["CREATE TABLE a (x)", "CREATE TABLE b (x)", "INSERT INTO b VALUES (1)"]);

    expect(formatOf(database)).toBe(3);
    expect(database.prepare("SELECT count(*) AS n FROM b").get()).toEqual({ n: 1 });
  });

  test("a step that fails leaves the format as it was", () => {
    const database = new DatabaseSync(":memory:");
    expect(() => migrate(database, ["CREATE TABLE a (x)", "nonsense"])).toThrow("syntax error");

    expect(formatOf(database)).toBe(0);
    expect(database.prepare("SELECT name FROM sqlite_schema").all()).toEqual([]);
  });
});

describe("opening to read", () => {
  test("says that there is no journal, and makes none", () => {
    expect(thrownBy(openToRead)).toMatchObject({ failure: { code: "journal-missing" } });
    expect(existsSync(folder)).toBe(false);
  });

  test("reads what is there and what is written meanwhile, and refuses to write", async () => {
    await written();
    const reader = openToRead();
    const writer = open();
    await writer.append("1", 1, [{ kind: "run-interrupted", by: "ben" }]);

    expect(await reader.read("1")).toHaveLength(2);
    await expect(reader.append("1", 2, [])).rejects.toThrow("read only");
    await expect(reader.takeOver("staging")).rejects.toThrow("read only");
    await reader.close();
    await writer.close();
  });
});

describe("the folder", () => {
  test("and what is in it are made for their owner alone", async () => {
    await written();

    for (const path of [folder, file, join(folder, "journal.mark")]) {
      expect((await stat(path)).mode & 0o077, path).toBe(0);
    }
    expect(readdirSync(folder).toSorted()).toEqual(["journal.db", "journal.mark"]);
  });

  test("that cannot be made is a fault, not a crash", async () => {
    await writeFile(folder, "a file is in the way");

    expect(thrownBy(open)).toMatchObject({ failure: { code: expect.stringMatching(/^journal-/) } });
  });
});

describe("the mark", () => {
  test("rises and never falls, also for who opens it anew", () => {
    const path = join(base, "mark");
    const mark = openMark(path);
    mark.raise(9);
    mark.raise(1234);
    mark.raise(8);
    mark.close();
    const again = openMark(path);
    again.raise(7);
    again.close();

    expect(readMark(path)).toBe(1234);
  });

  test("that lags behind, as after a power cut, is nothing to complain about", async () => {
    await written();
    const mark = readFileSync(join(folder, "journal.mark"));
    const journal = open();
    await journal.append("1", 1, [{ kind: "run-interrupted", by: "ben" }]);
    await journal.close();
    await writeFile(join(folder, "journal.mark"), mark);

    const again = open();
    expect(await again.read("1")).toHaveLength(2);
    await again.close();
  });

  test("is ahead of a database restored from an older copy, and that is told", async () => {
    await written();
    const copy = readFileSync(file);
    const journal = open();
    await journal.append("1", 1, [{ kind: "run-interrupted", by: "ben" }]);
    await journal.close();
    await writeFile(file, copy);

    expect(thrownBy(open)).toMatchObject({
      failure: {
        code: "journal-damaged",
        what: expect.stringContaining("holds 2 changes, but 3 were acknowledged"),
      },
    });
  });
});

describe("edits by hand", () => {
  test.each([
    ["an event", "UPDATE entries SET event = replace(event, 'ana', 'eve')", "hash of entry 1"],
    ["a time", "UPDATE entries SET at = '2020-01-01T00:00:00.000Z'", "hash of entry 1"],
    ["a hash", `UPDATE entries SET hash = '${"0".repeat(64)}'`, "hash of entry 1"],
    ["a removed entry", "DELETE FROM entries", "0 entries, but 1 were acknowledged"],
    ["a renumbered entry", "UPDATE entries SET seq = 2", "entry 1 is missing"],
    [
      "an entry too many",
      "INSERT INTO entries SELECT run, 2, at, event, previous, hash FROM entries",
      "entry 2 is not linked",
    ],
    [
      "a run's row",
      "UPDATE runs SET content = replace(content, 'staging', 'elsewhe')",
      'seal of "1" in runs',
    ],
    ["a removed run", "DELETE FROM runs", "runs holds 0 records, not 1"],
    ["a renamed run", "UPDATE runs SET name = '2'", 'seal of "2" in runs'],
    ["a plan snapshot", "UPDATE snapshots SET content = 'other'", "does not have that sha256"],
    ["a removed plan snapshot", "DELETE FROM snapshots", "plan snapshot of run 1 is missing"],
    ["removed totals", "DELETE FROM totals", "holds 0 changes, but 2 were acknowledged"],
  ])("%s is found", async (_, sql, words) => {
    await written();
    change(sql);

    await expect(readEverything()).rejects.toMatchObject({
      failure: { code: "journal-damaged", what: expect.stringContaining(words) },
    });
  });

  test("an entry replaced by another with a fitting hash is found, because the run knows its last hash", async () => {
    await written();
    const reader = openToRead();
    const [entry] = await reader.read("1");
    await reader.close();
    const event = `{"by":"eve","kind":"run-interrupted"}`;
    const hash = sha256(`${entry!.previous}\n1\n1\n${entry!.at}\n${event}`);
    change(`UPDATE entries SET event = '${event}', hash = '${hash}'`);

    const again = openToRead();
    await expect(again.read("1")).rejects.toMatchObject({
      failure: {
        what: expect.stringContaining("does not end with the entry that was acknowledged"),
      },
    });
    await again.close();
  });

  test("a fence set back by hand is found before anybody is refused or let in", async () => {
    await written();
    const journal = open();
    await journal.takeOver("staging");
    change(`UPDATE environments SET content = replace(content, '"fence":1', '"fence":0')`);

    const append = journal.append("1", 1, [], { fence: 0 });
    await expect(append).rejects.toMatchObject({ failure: { code: "journal-damaged" } });
    await journal.close();
  });
});
