import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openJournal } from "../../src/journal/sqlite.ts";
import type { Event } from "../../src/model/event.ts";
import { journalProcess, type Answer, type JournalProcess } from "../rig/journal-process.ts";
import { virtualClock } from "../rig/virtual-clock.ts";

const clock = virtualClock();
const KILLS = 50;
const ROUNDS = 20;
const TRACER = "strace";

let folder: string;
let started: JournalProcess[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "seaworthy-journal-"));
  started = [];
});

afterEach(async () => {
  await Promise.all(started.map((each) => each.kill()));
  await rm(folder, { recursive: true });
});

test(`a writer that is killed ${KILLS} times loses nothing that it acknowledged`, async () => {
  await (await start()).call("create", newRun("1"), "plan");
  let length = 0;
  let killedInBetween = 0;
  for (let round = 0; round < KILLS; round += 1) {
    const writer = await start();
    const answers = Array.from({ length: 60 }, (_, i) =>
      writer.call("append", "1", length + i, [note(length + i + 1)]),
    );
    // Killed as soon as this many are acknowledged, so in the midst of what comes after them.
    await Promise.all(answers.slice(0, (round * 7) % 50));
    await writer.kill();
    const acknowledged = length + (await Promise.all(answers)).filter(isOk).length;

    const entries = await readAll();
    expect(entries.map(({ event }) => event)).toEqual(entries.map(({ seq }) => note(seq)));
    expect(entries.length).toBeGreaterThanOrEqual(acknowledged);
    // At most the one that was on disk when its answer was cut off.
    expect(entries.length).toBeLessThanOrEqual(acknowledged + 1);
    if (acknowledged < length + 60) killedInBetween += 1;
    length = entries.length;
  }
  expect(killedInBetween).toBeGreaterThan(KILLS / 2);
});

test("many processes may create the journal at the same moment", async () => {
  for (let round = 0; round < 5; round += 1) {
    const place = join(folder, String(round));
    const processes = await Promise.all(Array.from({ length: 4 }, () => start([], place)));
    const answers = await Promise.all(
      processes.map((each, i) => each.call("create", newRun(String(i)), "plan")),
    );
    await Promise.all(processes.map((each) => each.kill()));

    expect(answers.every(isOk), JSON.stringify(answers)).toBe(true);
  }
});

test("two processes that race for an environment: one wins, and the kernel frees it when the winner is killed", async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const racers = await Promise.all([start(), start()]);
    const answers = await Promise.all(racers.map((each, i) => take(each, String(i))));

    expect(answers.filter(isOk)).toHaveLength(1);
    expect(answers.filter((answer) => answer?.fault === "environment-locked")).toHaveLength(1);
    const winner = answers.findIndex(isOk);
    await racers[winner]!.kill();
    expect(await take(racers[1 - winner]!, "next")).toMatchObject({ ok: { fence: 2 * round + 2 } });
    await racers[1 - winner]!.kill();
  }
});

test("the loser is told the name of the winner, not of an owner before", async () => {
  const first = await start();
  await take(first, "old");
  await first.kill();
  const winner = await start();
  await take(winner, "new");

  const journal = openJournal(folder, { clock });
  await expect(
    journal.lease("staging", { run: "9", by: "eve", pid: 9, host: "here" }),
  ).rejects.toMatchObject({ failure: { what: expect.stringContaining("run new") } });
  expect(await journal.holder("staging")).toMatchObject({ run: "new" });
  await winner.kill();
  expect(await journal.holder("staging")).toBeUndefined();
  await journal.close();
});

test("an owner that slept through a takeover is refused when it wakes up", async () => {
  const owner = await start();
  await owner.call("create", newRun("1"), "plan");
  const fence = fenceOf(await take(owner, "1"));
  expect(await owner.call("append", "1", 0, [note(1)], { fence })).toHaveProperty("ok");
  owner.signal("SIGSTOP");
  const late = owner.call("append", "1", 1, [note(2)], { fence });

  const journal = openJournal(folder, { clock });
  await journal.takeOver("staging");
  const lease = await journal.lease("staging", { run: "1", by: "ben", pid: 2, host: "here" });
  const ours = { kind: "run-interrupted", by: "ben" } as const;
  await journal.append("1", 1, [ours], { fence: lease.fence });
  owner.signal("SIGCONT");

  expect(await late).toEqual({ fault: "fence-stale" });
  expect((await journal.read("1")).map(({ event }) => event)).toEqual([note(1), ours]);
  expect((await journal.holder("staging"))?.by).toBe("ben");
  await journal.close();
});

test("a file size limit stops the journal with a fault, and nothing acknowledged is lost", async () => {
  // Node ignores SIGXFSZ, so the limit is an error of write(2) rather than a death.
  await fillsUp(["sh", "-c", 'ulimit -f 800; exec "$@"', "sh"], folder);
});

test.skipIf(process.platform !== "linux" || process.getuid?.() !== 0)(
  "a full disk stops the journal with a fault, and nothing acknowledged is lost (needs root for a tmpfs)",
  async () => {
    const disk = join(folder, "disk");
    await mkdir(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=400k", "tmpfs", disk]);
    const filler = join(disk, "filler");
    await writeFile(filler, Buffer.alloc(100_000));
    try {
      await fillsUp([], join(disk, "state"), () => rm(filler));
    } finally {
      execFileSync("umount", [disk]);
    }
  },
);

test.skipIf(!canTrace())(
  "a sync that fails stops the journal with a fault, and nothing acknowledged is lost (needs strace)",
  async () => {
    const fail = "inject=fsync,fdatasync:error=EIO:when=40+";
    const strace = [TRACER, "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync"];
    await fillsUp([...strace, "-e", fail], folder);
  },
);

function canTrace(): boolean {
  try {
    execFileSync(TRACER, ["-o", "/dev/null", "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Writes until the disk says no, then reads from another process. */
async function fillsUp(
  prefix: readonly string[],
  place: string,
  relieve = async () => {},
): Promise<void> {
  const writer = await start(prefix, place);
  expect(await writer.call("create", newRun("1"), "plan")).toHaveProperty("ok");
  let acknowledged = 0;
  let answer: Answer | undefined;
  for (; acknowledged < 2000; acknowledged += 1) {
    answer = await writer.call("append", "1", acknowledged, [note(acknowledged + 1)]);
    if (!isOk(answer)) break;
  }
  expect(answer).toEqual({ fault: "journal-unwritable" });
  expect(acknowledged).toBeGreaterThan(10);

  // Nothing more is written by this process, not even when there is room again.
  await relieve();
  const again = ["append", "1", acknowledged, [note(acknowledged + 1)]] as const;
  expect(await writer.call(...again)).toEqual({ fault: "journal-unwritable" });
  const entries = (await writer.call("read", "1"))?.ok;
  expect(entries).toHaveLength(acknowledged);
  await writer.kill();
  const left = await readAll(place);
  expect(left.slice(0, acknowledged).map(({ event }) => event)).toEqual(
    Array.from({ length: acknowledged }, (_, i) => note(i + 1)),
  );
}

async function start(prefix: readonly string[] = [], place = folder): Promise<JournalProcess> {
  const process = await journalProcess(place, prefix);
  started.push(process);
  return process;
}

async function readAll(place = folder) {
  const journal = openJournal(place, { clock }, { readOnly: true });
  try {
    return await journal.read("1");
  } finally {
    await journal.close();
  }
}

function take(owner: JournalProcess, run: string): Promise<Answer | undefined> {
  return owner.call("lease", "staging", { run, by: "ana", pid: 1, host: "here" });
}

function fenceOf(answer: Answer | undefined): number {
  const lease = answer?.ok as { fence: number };
  return lease.fence;
}

function newRun(id: string) {
  return { id, environment: "staging", plan: "deploy", createdAt: "2026-01-01T00:00:00.000Z" };
}

function note(number: number): Event {
  return { kind: "run-interrupted", by: `note ${number}` };
}

function isOk(answer: Answer | undefined): boolean {
  return answer !== undefined && "ok" in answer;
}
