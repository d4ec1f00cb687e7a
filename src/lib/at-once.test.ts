import { expect, test } from "vitest";
import { eachAtOnce } from "./at-once.ts";

test("never does more at a time than it may, and keeps the order", async () => {
  let running = 0;
  let most = 0;
  const made = await eachAtOnce([5, 1, 3, 2, 4], 2, async (turns) => {
    most = Math.max(most, ++running);
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    running--;
    return turns * 10;
  });

  expect(most).toBe(2);
  expect(made).toEqual([50, 10, 30, 20, 40].map((value) => ({ status: "fulfilled", value })));
});

test("begins no further one once one was refused, and waits for those under way", async () => {
  const begun: number[] = [];
  const made = await eachAtOnce([1, 2, 3, 4], 2, async (which) => {
    begun.push(which);
    await Promise.resolve();
    if (which === 1) throw new Error("no");
    await Promise.resolve();
    return which;
  });

  expect(begun).toEqual([1, 2]);
  expect(made.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
});

test("does nothing for nobody", async () => {
  expect(await eachAtOnce([], 3, () => Promise.reject(new Error("never")))).toEqual([]);
});
