import { describe, expect, test } from "vitest";
import { makeGatedShop, type Gate, type GatedShop } from "../rig/gated-shop.ts";
import { CAN_SEE_PROCESSES, orphansOf } from "../rig/processes.ts";
import { setSail } from "../rig/sailing.ts";

interface Moment {
  readonly during: string;
  readonly gate: Gate;
  readonly check: "true" | "false";
  readonly says: string;
}

const MOMENTS: readonly Moment[] = [
  { during: "the checkout", gate: "fetch", check: "true", says: "checkout" },
  { during: "a command", gate: "first", check: "true", says: "first" },
  { during: "the deploy", gate: "listen", check: "true", says: "up" },
  { during: "the health check", gate: "health", check: "true", says: "health" },
  { during: "the rollback", gate: "undo-second", check: "false", says: "undo of second" },
];

const FIT = { exit: 0, serves: "v3", done: { first: 1, second: 1, third: 1 } };
const UNFIT = {
  exit: 4,
  serves: "v1",
  done: { ...FIT.done, "undo-first": 1, "undo-second": 1 },
};

/** A shop where v1 serves and the deploy of v3 waits at the gate. */
async function underWay({ gate, check }: Moment) {
  const shop = await makeGatedShop();
  try {
    const first = await shop.seaworthy(["run", "deploy", ...shop.inputs("v1")]);
    expect(first.exit, first.err).toBe(0);
    const before = shop.counted();
    shop.close(gate);
    const run = setSail(shop.folder, ["run", "deploy", ...shop.inputs("v3", check)], shop.env);
    await shop.reached(gate, run);
    return { shop, run, before };
  } catch (error) {
    await shop[Symbol.asyncDispose]();
    throw error;
  }
}

function since(shop: GatedShop, before: Readonly<Record<string, number>>) {
  const now = Object.entries(shop.counted()).map(([name, n]) => [name, n - (before[name] ?? 0)]);
  return Object.fromEntries(now.filter(([, n]) => n !== 0)) as Readonly<Record<string, number>>;
}

const ONCE = MOMENTS.map((moment) => ({ ...moment, signal: "SIGINT" as NodeJS.Signals })).concat(
  MOMENTS.filter(({ gate }) => gate === "first").map((moment) => ({
    ...moment,
    signal: "SIGTERM",
  })),
);

describe.runIf(CAN_SEE_PROCESSES)("asked to stop", () => {
  test.each(ONCE)(
    "once by $signal during $during, lets that end, begins nothing new, and resumes to the end",
    async (moment) => {
      const going = await underWay(moment);
      await using shop = going.shop;
      await using run = going.run;
      run.signal(moment.signal);
      await run.says("stopping at the next safe point");
      shop.open(moment.gate);
      const left = await run.ended;
      expect(left.exit, left.err).toBe(130);
      expect(left.err).toContain("what is under way ends, nothing new begins");
      expect(left.out).toContain("Run 2 was interrupted and can be resumed");
      expect(left.out).toContain("seaworthy resume 2");
      expect(orphansOf(shop.folder)).toEqual([]);
      const wanted = moment.check === "true" ? FIT : UNFIT;
      const resumed = await setSail(shop.folder, ["resume"], shop.env).ended;
      expect(resumed.exit, resumed.err + resumed.out).toBe(wanted.exit);
      expect(await shop.answers()).toBe(wanted.serves);
      expect(since(shop, going.before)).toEqual(wanted.done);
    },
  );

  test.each(MOMENTS)(
    "twice during $during, leaves at once, and resuming goes on with what was under way",
    async (moment) => {
      const going = await underWay(moment);
      await using shop = going.shop;
      await using run = going.run;
      run.signal("SIGINT");
      await run.says("Ctrl-C again leaves at once");
      run.signal("SIGINT");
      const left = await run.ended;
      expect(left.exit, left.err).toBe(130);
      expect(left.err).toContain("left at once; what was under way is settled on resume");
      expect(orphansOf(shop.folder)).toEqual([]);
      const status = await shop.seaworthy(["status"]);
      expect(status.out).toContain("2 deploy");
      expect(status.out).toMatch(new RegExp(`interrupted (during|while).*${moment.says}`));
      expect(status.out).toContain("seaworthy resume 2");
      const wanted = moment.check === "true" ? FIT : UNFIT;
      await using resuming = setSail(shop.folder, ["resume"], shop.env);
      await resuming.says("run 2 goes on");
      shop.open(moment.gate);
      const resumed = await resuming.ended;
      expect(resumed.exit, resumed.err + resumed.out).toBe(wanted.exit);
      expect(await shop.answers()).toBe(wanted.serves);
      expect(since(shop, going.before)).toEqual(wanted.done);
      expect(orphansOf(shop.folder)).toEqual([]);
    },
  );
});
