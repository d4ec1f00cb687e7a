import { expect, test } from "vitest";
import { fuzzPlans } from "../../test/rig/fuzz-plans.ts";
import { randomFrom } from "../../test/rig/random.ts";

test("100,000 broken project files become a plan or faults that point into the text, and nothing else", () => {
  const { broken, slowestMs, perSecond, plans, refused } = fuzzPlans(100_000, randomFrom(1));
  process.stdout.write(
    `${perSecond} project files a second; ${plans} plans, ${refused} refused; slowest ${Math.round(slowestMs)} ms\n`,
  );
  expect(broken.slice(0, 3)).toEqual([]);
  expect(slowestMs).toBeLessThan(5_000);
}, 1_800_000);
