import { expect, test } from "vitest";
import { makeShop } from "../rig/shop.ts";

test("deploys, rolls an unfit release back by itself, deploys the next, and takes that back when asked", async () => {
  await using shop = await makeShop();
  const first = await shop.seaworthy(["run", "deploy", ...shop.inputs("v1")]);
  expect(first.err + first.out).toContain("accepted");
  expect(await shop.answers()).toBe("v1");
  const unfit = await shop.seaworthy(["run", "deploy", ...shop.inputs("v2", "false")]);
  expect(unfit.exit).toBe(4);
  expect(await shop.answers()).toBe("v1");
  expect((await shop.seaworthy(["run", "deploy", ...shop.inputs("v2")])).exit).toBe(0);
  expect(await shop.answers()).toBe("v2");
  const back = await shop.seaworthy(["rollback", "--reason", "second thoughts"]);
  expect(back.err + back.out).toContain("is back on v1");
  expect(back.exit).toBe(4);
  expect(await shop.answers()).toBe("v1");
});
