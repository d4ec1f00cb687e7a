import { expect, test } from "vitest";
import { crashEverywhere } from "../../test/rig/crash-points.ts";

test("keeps every promise at 20,000 crash points of random plans", async () => {
  const broken: string[] = [];
  let points = 0;
  for (let seed = 1000; points < 20_000; seed += 1) {
    const crashed = await crashEverywhere(seed);
    broken.push(...crashed.broken);
    points += crashed.points;
  }
  process.stderr.write(`crash points: ${points}, broken promises: ${broken.length}\n`);
  expect(broken.slice(0, 20)).toEqual([]);
});
