import { expect, test } from "vitest";
import { all, slow } from "../false-green/list.ts";
import { comparePage, spring, type Row } from "../false-green/page.ts";

const rows: Row[] = [];

test.each(slow)("$check: $name", async (trap) => {
  rows.push(await spring(trap));
});

test("the guide's page is what was said", () => {
  expect(rows).toHaveLength(slow.length);
  comparePage(rows, all);
});
