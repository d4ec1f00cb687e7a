import { expect, test } from "vitest";
import { fuzzPlans } from "../../test/rig/fuzz-plans.ts";
import { randomFrom } from "../../test/rig/random.ts";

test("500 broken project files become a plan or faults that point into the text, and nothing else", () => {
  const { broken, plans, refused } = fuzzPlans(500, randomFrom(20_261_121));
  expect(broken).toEqual([]);
  expect(plans).toBeGreaterThan(12);
  expect(refused).toBeGreaterThan(125);
}, 60_000);
