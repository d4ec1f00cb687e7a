import { expect, test } from "vitest";
import { makeShop } from "../../test/rig/shop.ts";

test("a plan exits 0 when its tag serves already, and 20 when it would bring another", async () => {
  await using shop = await makeShop();
  const plan = async (tag: string) => {
    const said = await shop.seaworthy(["plan", ...words(tag), "--detailed-exitcode"]);
    return said.exit;
  };
  const words = (tag: string) => ["deploy", ...shop.inputs(tag)];
  expect(await plan("v1")).toBe(20);

  expect((await shop.seaworthy(["run", ...words("v1")])).exit).toBe(0);

  expect(await plan("v1")).toBe(0);
  expect(await plan("v2")).toBe(20);
});
