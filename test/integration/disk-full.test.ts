import { expect, test } from "vitest";
import type { Entry } from "../../src/model/event.ts";
import { makeGatedShop, type Gate, type GatedShop } from "../rig/gated-shop.ts";
import { orphansOf } from "../rig/processes.ts";
import { setSail } from "../rig/sailing.ts";
import { mountState, NO_SMALL_DISK } from "../rig/small-disk.ts";

/** The journal entries in a stream of events. */
function entriesIn(stream: string): readonly Entry[] {
  return stream
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { type: string } & Entry)
    .filter(({ type }) => type === "entry");
}

const hashes = (entries: readonly Entry[]) => entries.map(({ seq, hash }) => `${seq} ${hash}`);

function since(shop: GatedShop, before: Readonly<Record<string, number>>) {
  const now = Object.entries(shop.counted()).map(([name, n]) => [name, n - (before[name] ?? 0)]);
  return Object.fromEntries(now.filter(([, n]) => n !== 0)) as Readonly<Record<string, number>>;
}

const DONE = { first: 1, second: 1, third: 1 };
const UNDONE = { ...DONE, "undo-first": 1, "undo-second": 1 };

const MOMENTS: readonly {
  readonly during: string;
  readonly gate: Gate;
  readonly check: "true" | "false";
  readonly exit: number;
  readonly serves: string;
  readonly leave: number;
  readonly done: Readonly<Record<string, number>>;
}[] = [
  {
    during: "the checkout",
    gate: "fetch",
    check: "true",
    exit: 0,
    serves: "v3",
    leave: 0,
    done: DONE,
  },
  {
    during: "a command",
    gate: "first",
    check: "true",
    exit: 0,
    serves: "v3",
    leave: 0,
    done: DONE,
  },
  {
    during: "a command that leaves room for a little more",
    gate: "first",
    check: "true",
    exit: 0,
    serves: "v3",
    leave: 48 * 1024,
    done: DONE,
  },
  {
    during: "the deploy",
    gate: "listen",
    check: "true",
    exit: 0,
    serves: "v3",
    leave: 0,
    done: DONE,
  },
  {
    during: "the rollback",
    gate: "undo-second",
    check: "false",
    exit: 4,
    serves: "v1",
    leave: 0,
    done: UNDONE,
  },
];

if (NO_SMALL_DISK !== undefined) test.skip(`the disk fills up in mid-run (${NO_SMALL_DISK})`);
else
  test.each(MOMENTS)(
    "a run whose disk fills up during $during (then $leave bytes) stops, loses nothing that it said, and is resumed to its end",
    async ({ gate, check, exit, serves, leave, done }) => {
      await using shop = await makeGatedShop();
      await using disk = mountState(shop.folder, 32);
      const first = await shop.seaworthy(["run", "deploy", ...shop.inputs("v1")]);
      expect(first.exit, first.err).toBe(0);
      const before = shop.counted();
      shop.close(gate);
      const words = ["run", "deploy", ...shop.inputs("v3", check), "--events"];
      await using run = setSail(shop.folder, words, shop.env);
      await shop.reached(gate, run);
      disk.fill(leave);
      shop.open(gate);
      const stopped = await run.ended;
      expect(stopped.exit, stopped.err + stopped.out).toBe(1);
      expect(stopped.err).toMatch(/The journal .* could not be written: .*(full|space)/);
      expect(stopped.err).toContain(
        "fix: Nothing more is written by this process. Free or repair the disk, then run `seaworthy resume`.",
      );
      expect(stopped.err).not.toContain("made a mistake");
      expect(orphansOf(shop.folder)).toEqual([]);

      // What can be read is read without any room to write.
      const full = await shop.seaworthy(["status"]);
      expect(full.exit, full.err).toBe(0);
      expect(full.out).toContain("seaworthy resume 2");

      disk.free();
      const resumed = await setSail(shop.folder, ["resume", "2"], shop.env).ended;
      expect(resumed.exit, resumed.err + resumed.out).toBe(exit);
      expect(await shop.answers()).toBe(serves);
      expect(since(shop, before)).toEqual(done);
      const said = hashes(entriesIn(stopped.out));
      const kept = hashes(entriesIn((await shop.seaworthy(["watch", "2", "--events"])).out));
      expect(said.length).toBeGreaterThan(2);
      expect(kept.slice(0, said.length)).toEqual(said);
      expect((await shop.seaworthy(["run", "deploy", ...shop.inputs("v2")])).exit).toBe(0);
    },
  );
