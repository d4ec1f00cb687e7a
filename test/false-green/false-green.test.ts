import { expect, test } from "vitest";
import { steps } from "../../src/steps/index.ts";
import { all, quick } from "./list.ts";
import { comparePage, spring, type Row } from "./page.ts";

const rows: Row[] = [];

test("the list is long, says nothing twice, and knows every kind of step that judges", () => {
  expect(all.length).toBeGreaterThan(100);
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  const kinds = new Set(all.map(({ check }) => check));
  // These act, and judge nothing.
  const acts = ["checkout", "clean", "push", "send", "stage"];
  expect(steps.map(({ name }) => name).filter((name) => !acts.includes(name))).toEqual(
    [...kinds].toSorted(),
  );
});

test.each(quick)("$check: $name", async (trap) => {
  rows.push(await spring(trap));
});

test("the guide's page is what was said", () => {
  comparePage(rows, all);
});
