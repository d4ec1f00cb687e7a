import { expect, test } from "vitest";
import { fuzzPlans } from "../../test/rig/fuzz-plans.ts";
import { randomFrom } from "../../test/rig/random.ts";

test("2,000 broken project files become a plan or faults that point into the text, and nothing else", () => {
  const { broken, plans, refused } = fuzzPlans(2_000, randomFrom(20_261_121));
  expect(broken).toEqual([]);
  expect(plans).toBeGreaterThan(50);
  expect(refused).toBeGreaterThan(500);
}, 60_000);
