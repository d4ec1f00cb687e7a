import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { broken, cutOpen, FIT, LOOKED, UNFIT, type Wanted } from "../rig/proofs-check.ts";
import { makeProofsShop, type Gate, type ProofsShop } from "../rig/proofs-shop.ts";
import { CAN_SEE_PROCESSES } from "../rig/processes.ts";
import { randomFrom } from "../rig/random.ts";
import type { Landed } from "../rig/sailing.ts";
import { killsHere, pointsHere, takesAll } from "../rig/third.ts";

/** How many times Seaworthy was really killed, and what it was about then. */
let kills = 0;
const met = new Set<string>();

const RESUME = ["resume", "2"] as const;

/** Words that go on with what a kill has left. */
async function wordsAfter(
  shop: ProofsShop,
  first: readonly string[],
  { err, out }: Landed,
): Promise<readonly string[] | undefined> {
  if (/can't be resumed: it ended/.test(err + out)) return undefined;
  const isPlanned = (await shop.seaworthy(["history", "--json"])).out.includes('"id": "2"');
  return isPlanned && !/never began/.test(err + out) ? RESUME : first;
}

const isKilled = ({ exit }: Landed) => exit === "SIGKILL" || exit === 137;

/** Runs until nobody is left to kill: before its N-th durable write, and each resume before one of its own. */
async function killAgainAndAgain(shop: ProofsShop, words: readonly string[], n: number) {
  const random = randomFrom(n);
  let ended = await shop.sail(words, n).ended;
  for (let nth = 1; isKilled(ended) && nth <= 14; nth += 1) {
    kills += 1;
    const more = await wordsAfter(shop, words, ended);
    if (more === undefined) break;
    ended = await shop.sail(more, nth < 10 ? 4 + random.below(26) : undefined).ended;
    if (/never began/.test(ended.err + ended.out)) ended = await shop.sail(words, 60).ended;
  }
  return ended;
}

interface Story {
  readonly name: string;
  readonly check: "true" | "false";
  readonly wanted: Wanted;
  /** The durable write before which each run is killed first; each is followed by kills of its resumes. */
  readonly writes: readonly number[];
}

const evenly = (from: number, step: number) => Array.from({ length: 8 }, (_, n) => from + n * step);

/** Such a run makes some 160 durable writes; where the release is unfit, the last 50 of 200 take it back. */
const STORIES: readonly Story[] = [
  { name: "a good release", check: "true", wanted: FIT, writes: evenly(9, 19) },
  { name: "an unfit release", check: "false", wanted: UNFIT, writes: evenly(145, 7) },
];

describe.runIf(CAN_SEE_PROCESSES && hasStrace()).each(STORIES)(
  "$name, killed with kill -9 at durable writes",
  ({ check, wanted, writes }) => {
    test("ends as if it had not been", async () => {
      const wrong: string[] = [];
      await inTwos(pointsHere(writes), async (n) => {
        // Where what stands between the marks runs side by side, one kill meets many of them.
        await using shop = await makeProofsShop({ together: check === "false" || n % 2 === 1 });
        let ended = await killAgainAndAgain(shop, shop.words("deploy", check), n);
        // Killed between the end of the run and the end of its lock: there is nothing to resume.
        if (/can't be resumed: it ended/.test(ended.err)) ended = { ...ended, exit: wanted.exit };
        const found = await broken(shop, wanted, ended);
        wrong.push(...found.map((what) => `write ${n}: ${what}`));
        for (const each of cutOpen(await shop.events())) met.add(each);
      });
      expect(wrong).toEqual([]);
    }, 600_000);
  },
);

async function inTwos<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await act(item);
  };
  await Promise.all([worker(), worker()]);
}

function hasStrace(): boolean {
  return starts("strace", "-V");
}

function hasChromium(): boolean {
  return ["chromium", "google-chrome", "microsoft-edge"].some((name) => starts(name, "--version"));
}

function starts(program: string, word: string): boolean {
  try {
    execFileSync(program, [word], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** In the order in which the plan comes to them. */
const MOMENTS: readonly { gate: Gate; during: string; attaches?: true }[] = [
  { gate: "metrics", during: "metrics-mark" },
  { gate: "load", during: "load" },
  { gate: "sample", during: "stays" },
  { gate: "suite", during: "suite", attaches: true },
  { gate: "look", during: "again" },
  { gate: "again", during: "again" },
  { gate: "look", during: "again" },
  { gate: "download", during: "things" },
  { gate: "poll", during: "things" },
  { gate: "always", during: "things" },
  { gate: "metrics", during: "metrics" },
  { gate: "late", during: "said" },
];

describe.runIf(CAN_SEE_PROCESSES)("in the middle of each kind of proof", () => {
  test("killed there, one after another, a run ends as if it had not been", async () => {
    await using shop = await makeProofsShop();
    let words = shop.words("deploy");
    let before: Gate | undefined;
    // It is waited for long after it was begun.
    shop.close("late");
    for (const { gate, attaches } of MOMENTS) {
      shop.close(gate);
      const run = shop.sail(words);
      if (before !== undefined) {
        await run.says("run 2 goes on");
        shop.open(before);
      }
      await shop.reached(gate, run);
      if (gate === "late") await run.says("still to come");
      run.signal("SIGKILL");
      expect((await run.ended).exit).toBe("SIGKILL");
      kills += 1;
      // Some are still waiting when the next process comes, the others have gone on meanwhile.
      before = attaches ? gate : undefined;
      if (!attaches) shop.open(gate);
      words = RESUME;
    }
    const ended = await shop.sail(RESUME).ended;
    expect(await broken(shop, FIT, ended)).toEqual([]);
    const cut = cutOpen(await shop.events());
    for (const each of cut) met.add(each);
    expect(cut).toEqual([...new Set(MOMENTS.map(({ during }) => `${during}/do`))]);
  }, 300_000);

  test("asked to stop there, one after another, what is under way ends and nothing begins", async () => {
    await using shop = await makeProofsShop();
    let words = shop.words("deploy");
    shop.close("late");
    const once = MOMENTS.filter(
      ({ gate, during }, index) =>
        gate !== "late" && MOMENTS.findIndex((each) => each.during === during) === index,
    );
    for (const { gate, during } of [...once, { gate: "late" as const, during: "said" }]) {
      shop.close(gate);
      await using run = shop.sail(words);
      await shop.reached(gate, run);
      if (gate === "late") await run.says("still to come");
      // Ctrl-C reaches everything that the terminal runs.
      process.kill(-run.pid, "SIGINT");
      await run.says("stopping at the next safe point");
      shop.open(gate);
      const left = await run.ended;
      expect(left.exit, left.err + left.out).toBe(130);
      expect(left.out).toContain("seaworthy resume 2");
      expect(shop.leftovers()).toEqual([]);
      const last = (await shop.events()).findLast(({ event }) => event.kind === "attempt-ended");
      expect(last?.event).toMatchObject({ step: during, result: { outcome: "passed" } });
      words = RESUME;
    }
    const ended = await shop.sail(RESUME).ended;
    expect(await broken(shop, FIT, ended)).toEqual([]);
    expect(cutOpen(await shop.events())).toEqual([]);
  }, 300_000);
});

const SIDE_BY_SIDE: readonly Gate[] = ["load", "sample", "suite", "look", "download"];

describe.runIf(CAN_SEE_PROCESSES)("cancelled in the middle of many kinds of proof", () => {
  test.each(["while it runs", "after it was killed"])(
    "%s, everything goes back and nothing is left",
    async (when) => {
      await using shop = await makeProofsShop({ together: true });
      for (const gate of SIDE_BY_SIDE) shop.close(gate);
      await using run = shop.sail(shop.words("deploy"));
      for (const gate of SIDE_BY_SIDE) await shop.reached(gate, run);
      if (when === "after it was killed") {
        run.signal("SIGKILL");
        await run.ended;
        kills += 1;
      }
      await using cancel = shop.sail(["cancel", "2"]);
      const driver = when === "after it was killed" ? cancel : run;
      // What proves the rollback asks for the same file.
      await driver.says("proving");
      shop.open("download");
      const ended = await driver.ended;
      const done = { seed: 1, visit: 1, suite: 1 };
      // Who asks to cancel what nobody drives gets what was asked for.
      const exit = driver === run ? UNFIT.exit : 0;
      expect(await broken(shop, { ...UNFIT, exit, done }, ended)).toEqual([]);
    },
    120_000,
  );
});

describe.runIf(CAN_SEE_PROCESSES)("on the way back after a proof that failed", () => {
  test("killed while it is proven, it ends as if not", async () => {
    await using shop = await makeProofsShop();
    shop.close("fit");
    await using run = shop.sail(shop.words("deploy", "false"));
    await shop.reached("fit", run);
    shop.close("download");
    shop.open("fit");
    await shop.reached("download", run);
    expect(run.said()).toContain("things: proving");
    run.signal("SIGKILL");
    expect((await run.ended).exit).toBe("SIGKILL");
    kills += 1;
    shop.open("download");
    const ended = await shop.sail(RESUME).ended;
    expect(await broken(shop, UNFIT, ended)).toEqual([]);
    const cut = cutOpen(await shop.events());
    for (const each of cut) met.add(each);
    expect(cut).toEqual(["things/prove"]);
  }, 120_000);
});

describe.runIf(CAN_SEE_PROCESSES && hasChromium())("in the middle of a browser's visit", () => {
  test("killed while it is open, no browser and no profile outlives the resumed run", async () => {
    await using shop = await makeProofsShop();
    let words = shop.words("look");
    for (const gate of ["page", "download"] as const) {
      shop.close(gate);
      const run = shop.sail(words);
      await shop.reached(gate, run);
      run.signal("SIGKILL");
      expect((await run.ended).exit).toBe("SIGKILL");
      kills += 1;
      shop.open(gate);
      words = RESUME;
    }
    const ended = await shop.sail(RESUME).ended;
    expect(await broken(shop, LOOKED, ended)).toEqual([]);
    const cut = cutOpen(await shop.events());
    for (const each of cut) met.add(each);
    expect(cut).toEqual(["page/do"]);
  }, 120_000);

  test("asked to stop there, the visit ends and nothing begins", async () => {
    await using shop = await makeProofsShop();
    shop.close("page");
    await using run = shop.sail(shop.words("look"));
    await shop.reached("page", run);
    process.kill(-run.pid, "SIGINT");
    await run.says("stopping at the next safe point");
    shop.open("page");
    expect((await run.ended).exit).toBe(130);
    expect(shop.leftovers()).toEqual([]);
    expect(await broken(shop, LOOKED, await shop.sail(RESUME).ended)).toEqual([]);
  }, 120_000);

  test.each(["while it runs", "after it was killed"])(
    "cancelled %s, nothing is left",
    async (when) => {
      await using shop = await makeProofsShop();
      shop.close("page");
      await using run = shop.sail(shop.words("look"));
      await shop.reached("page", run);
      if (when === "after it was killed") {
        run.signal("SIGKILL");
        await run.ended;
        kills += 1;
      }
      const cancel = await shop.sail(["cancel", "2"]).ended;
      const ended = when === "while it runs" ? await run.ended : cancel;
      const exit = when === "while it runs" ? UNFIT.exit : 0;
      expect(await broken(shop, { ...UNFIT, exit, done: {} }, ended)).toEqual([]);
    },
    120_000,
  );
});

// A fault that never fires proves nothing.
test.runIf(CAN_SEE_PROCESSES && hasStrace())("has really killed Seaworthy in all of this", () => {
  process.stderr.write(`kill -9: ${kills} times, during ${[...met].toSorted().join(" ")}\n`);
  expect(kills).toBeGreaterThanOrEqual(killsHere(100));
  // No gate holds this one up: only the kills at each of the writes are sure to meet it.
  if (takesAll) expect([...met]).toContain("up/undo");
  const kinds = ["metrics-mark", "load", "stays", "suite", "again", "things", "metrics", "said"];
  expect([...met]).toEqual(
    expect.arrayContaining([...kinds.map((each) => `${each}/do`), "things/prove"]),
  );
});
