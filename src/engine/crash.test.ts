import { expect, test } from "vitest";
import { crashEverywhere } from "../../test/rig/crash-points.ts";

test("keeps every promise wherever the power is cut, and cut again during recovery", async () => {
  const broken: string[] = [];
  let points = 0;
  for (let seed = 1; seed <= 12; seed += 1) {
    const crashed = await crashEverywhere(seed);
    broken.push(...crashed.broken);
    points += crashed.points;
  }
  expect(broken).toEqual([]);
  expect(points).toBeGreaterThan(500);
});
