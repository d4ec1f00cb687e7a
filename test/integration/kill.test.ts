import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { randomFrom } from "../rig/random.ts";
import { runKilled, runKilledAfter, type Ended } from "../rig/killed.ts";
import { makeShop, type Shop } from "../rig/shop.ts";
import { killsHere, pointsHere } from "../rig/third.ts";

/** How many times Seaworthy was really killed. */
let kills = 0;

/** Two at a time: one process waits for the disk while the other one works. */
const SIDE_BY_SIDE = 2;

const STORIES = [
  { name: "a good release", check: "true", exit: 0, serves: "v2", undone: [] },
  {
    name: "an unfit release",
    check: "false",
    exit: 4,
    serves: "v1",
    undone: ["undo-first", "undo-second"],
  },
] as const;

type Story = (typeof STORIES)[number];

/** Kills one deploy of v2 over v1, and then its resume as well, and judges from outside what came of it. */
async function tell(
  story: Story,
  kill: (shop: Shop, words: readonly string[], nth: number) => Promise<Ended>,
): Promise<readonly string[]> {
  await using shop = await makeShop();
  const first = await shop.seaworthy(["run", "deploy", ...shop.inputs("v1")]);
  if (first.exit !== 0)
    return [`the first deploy ended with ${first.exit}: ${first.err}${first.out}`];
  const before = shop.counted();
  let ended = await kill(shop, ["run", "deploy", ...shop.inputs("v2", story.check)], 0);
  for (let nth = 1; nth <= 8 && isKilled(ended); nth += 1) {
    kills += 1;
    const planned = (await shop.seaworthy(["history", "--json"])).out.includes('"id": "2"');
    const words = planned ? ["resume", "2"] : ["run", "deploy", ...shop.inputs("v2", story.check)];
    ended = await kill(shop, words, nth);
    // Killed between the end of the run and the end of its lock: there is nothing to resume.
    if (/can't be resumed: it ended/.test(ended.output)) ended = { ...ended, code: story.exit };
    // Planned and killed before it began: it owns nothing.
    if (/never began/.test(ended.output))
      ended = await kill(shop, ["run", "deploy", ...shop.inputs("v2", story.check)], 9);
  }
  return broken(story, { shop, ended, before, now: shop.counted(), serves: await shop.answers() });
}

function isKilled({ code, signal }: Ended): boolean {
  return signal === "SIGKILL" || code === 137;
}

function broken(
  story: Story,
  {
    ended,
    before,
    now,
    serves,
  }: {
    shop: Shop;
    ended: Ended;
    before: Readonly<Record<string, number>>;
    now: Readonly<Record<string, number>>;
    serves: string | undefined;
  },
): readonly string[] {
  const wrong: string[] = [];
  if (ended.code !== story.exit)
    wrong.push(`exit ${ended.code}, not ${story.exit}: ${ended.output.slice(-2000)}`);
  if (serves !== story.serves) wrong.push(`${serves} serves, not ${story.serves}`);
  for (const name of ["first", "second", "third", ...story.undone]) {
    const times = (now[name] ?? 0) - (before[name] ?? 0);
    if (times !== 1) wrong.push(`${name} was done ${times} times`);
  }
  return wrong;
}

async function sideBySide<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await act(item);
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
}

function hasStrace(): boolean {
  try {
    execFileSync("strace", ["-V"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** A deploy makes some 60 durable writes, a rollback some 30 more: each of them, and others on each resume. */
const WRITES = Array.from({ length: 80 }, (_, n) => n + 1);

describe.each(STORIES)("$name, killed with kill -9", (story) => {
  // Without strace (macOS) the N-th write can't be hit; the test below kills by the clock everywhere.
  test.runIf(hasStrace())(
    "at each durable write, and again at a write of each resume, ends as if it had not been",
    async () => {
      const wrong: string[] = [];
      await sideBySide(pointsHere(WRITES), async (n) => {
        const random = randomFrom(n);
        const found = await tell(story, (shop, words, nth) =>
          runKilled(shop, words, nth === 0 ? n : nth < 3 ? 1 + random.below(30) : undefined),
        );
        wrong.push(...found.map((what) => `write ${n}: ${what}`));
      });
      expect(wrong).toEqual([]);
    },
    900_000,
  );

  test("at any moment, ends as if it had not been", async () => {
    const wrong: string[] = [];
    await sideBySide(pointsHere(Array.from({ length: 12 }, (_, n) => n)), async (n) => {
      const found = await tell(story, (shop, words, nth) =>
        nth < 2 ? runKilledAfter(shop, words, 250 + n * 130) : runKilled(shop, words),
      );
      wrong.push(...found.map((what) => `moment ${n}: ${what}`));
    });
    expect(wrong).toEqual([]);
  }, 900_000);
});

// A fault that never fires proves nothing.
test.runIf(hasStrace())("has really killed Seaworthy, as often as there are points", () => {
  process.stderr.write(`kill -9: ${kills} times\n`);
  expect(kills).toBeGreaterThanOrEqual(killsHere(200));
});
