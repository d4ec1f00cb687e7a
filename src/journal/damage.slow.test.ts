import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  closedJournal,
  filesIn,
  killedJournal,
  place,
  scratch,
  told,
  type Files,
} from "../../test/rig/small-journal.ts";
import { virtualClock } from "../../test/rig/virtual-clock.ts";
import { openJournal } from "./sqlite.ts";

/** What a damaged journal may answer with, instead of the truth. */
const FAULTS = ["journal-damaged", "journal-newer", "journal-older"];

let base: string;
let folder: string;

beforeEach(() => {
  base = scratch();
  folder = join(base, "state");
});

afterEach(() => rmSync(base, { recursive: true }));

describe("a closed journal", () => {
  test.each([0xff, 0x01])(
    "tells the truth or a fault when any byte is xored with %i",
    async (mask) => {
      const files = await closedJournal();
      const tally = await tallyOf(files, flips(files, "journal.db", mask));

      expect(tally.strange).toEqual([]);
      // Most of a small database is empty space. The share that is found shows that the damage was done at all.
      expect(tally.faults).toBeGreaterThan(2500);
      expect(tally.truths).toBeGreaterThan(10_000);
    },
  );

  test("tells the truth or a fault when it is opened to be written to", async () => {
    const files = await closedJournal();
    const tally = await tallyOf(files, flips(files, "journal.db", 0xff), { readOnly: false });

    expect(tally.strange).toEqual([]);
    expect(tally.faults).toBeGreaterThan(2500);
  });

  test("tells a fault when it is cut at any length, down to nothing", async () => {
    const files = await closedJournal();
    const tally = await tallyOf(files, cuts(files, "journal.db"));

    expect(tally).toEqual({ truths: 0, faults: files["journal.db"]?.length, strange: [] });
  });

  test.each([0xff, 0x01])("is believed when only its mark is damaged (xor %i)", async (mask) => {
    const files = await closedJournal();
    const tally = await tallyOf(files, flips(files, "journal.mark", mask));

    expect(tally).toEqual({ truths: files["journal.mark"]?.length, faults: 0, strange: [] });
  });

  test("is missed when it is gone and its mark is not", async () => {
    const { "journal.mark": mark } = await closedJournal();
    place(folder, { "journal.mark": mark! });

    expect(await told(folder, { readOnly: false })).toBe("journal-damaged");
    expect(Object.keys(filesIn(folder))).toEqual(["journal.mark"]);
  });
});

describe("a journal whose process was killed", () => {
  test("tells a fault when any byte of its write-ahead file is flipped", async () => {
    const { files } = await killedJournal();
    const tally = await tallyOf(files, flips(files, "journal.db-wal", 0xff));

    expect(tally.strange).toEqual([]);
    expect(tally.faults).toBe(files["journal.db-wal"]?.length);
  });

  test("tells a fault when its write-ahead file is cut anywhere", async () => {
    const { files } = await killedJournal();
    const tally = await tallyOf(files, cuts(files, "journal.db-wal"));

    expect(tally.strange).toEqual([]);
    expect(tally.faults).toBe(files["journal.db-wal"]?.length);
  });

  /**
   * The mark is not synced, so a power cut may take it back. Then nothing is left that knows of the lost end, and what is
   * promised is less: the journal is one that was acknowledged at some moment, never a mixture and never half a commit.
   */
  test("tells a clean beginning when both its write-ahead file and its mark are cut", async () => {
    const { files, acknowledged } = await killedJournal();
    const { "journal.mark": _, ...unmarked } = files;
    const answers = new Set<string>();
    for (const damaged of cuts(unmarked, "journal.db-wal")) answers.add(await tell(damaged));

    expect([...answers].toSorted()).toEqual(acknowledged.slice(0, -1).toSorted());
  });

  test("leaves the damaged files as they are, for whoever can save them", async () => {
    const { files } = await killedJournal();
    for (const damaged of [cutAt(files, 5000), flippedAt(files, 5000)]) {
      place(folder, damaged);

      expect(await told(folder, { readOnly: false })).toBe("journal-damaged");
      expect(filesIn(folder)).toEqual(damaged);
    }
  });

  test("has everything when nothing is damaged", async () => {
    const { files, acknowledged } = await killedJournal();

    expect(await tell(files)).toBe(acknowledged.at(-1));
  });
});

test("writing to a journal with a damaged entry links to what was acknowledged, and reading still tells", async () => {
  const files = await closedJournal();
  const at = files["journal.db"]!.indexOf("ana 1.1");
  place(folder, flips(files, "journal.db", 0x01, at).next().value);
  const journal = openJournal(folder, { clock: virtualClock() });
  await journal.append("1", 3, [{ kind: "run-interrupted", by: "ana" }]);

  await expect(journal.read("1")).rejects.toMatchObject({
    failure: {
      code: "journal-damaged",
      what: expect.stringContaining("run 1: the hash of entry 2"),
    },
  });
  expect(await journal.read("2")).toHaveLength(3);
  await journal.close();
});

function* flips(files: Files, name: string, mask: number, from = 0): Generator<Files> {
  const content = files[name]!;
  for (let at = from; at < content.length; at += 1) {
    const flipped = Buffer.from(content);
    flipped[at]! ^= mask;
    yield { ...files, [name]: flipped };
  }
}

function* cuts(files: Files, name: string): Generator<Files> {
  const content = files[name]!;
  for (let length = 0; length < content.length; length += 1) {
    yield { ...files, [name]: content.subarray(0, length) };
  }
}

function cutAt(files: Files, length: number): Files {
  return { ...files, "journal.db-wal": files["journal.db-wal"]!.subarray(0, length) };
}

function flippedAt(files: Files, at: number): Files {
  return flips(files, "journal.db-wal", 0xff, at).next().value!;
}

async function tell(files: Files, options?: { readOnly: boolean }): Promise<string> {
  place(folder, files);
  return told(folder, options);
}

async function tallyOf(files: Files, damages: Iterable<Files>, options?: { readOnly: boolean }) {
  const truth = await tell(files, options);
  let truths = 0;
  let faults = 0;
  const strange: string[] = [];
  let number = 0;
  for (const damaged of damages) {
    const answer = await tell(damaged, options).catch(
      (thrown: unknown) => `crash: ${String(thrown)}`,
    );
    if (answer === truth) truths += 1;
    else if (FAULTS.includes(answer)) faults += 1;
    else strange.push(`damage ${number}: ${answer.slice(0, 300)}`);
    number += 1;
  }
  return { truths, faults, strange };
}
