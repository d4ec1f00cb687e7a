import { once } from "node:events";
import { expect, test } from "vitest";
import { makeGatedShop } from "../rig/gated-shop.ts";
import { MAIN } from "../rig/project.ts";
import { follow, launch } from "../rig/sailing.ts";

test("a run goes on to its end when nobody reads what it says any more", async () => {
  await using shop = await makeGatedShop();
  shop.close("first");
  const { folder, env } = shop;
  const words = ["run", "deploy", ...shop.inputs("v3")] as const;
  const child = launch([process.execPath, MAIN, ...words], { folder, env });
  await using run = follow(child);
  await shop.reached("first", run);
  const closed = [once(child.stdout, "close"), once(child.stderr, "close")];
  child.stdout.destroy();
  child.stderr.destroy();
  await Promise.all(closed);
  shop.open("first");
  expect((await run.ended).exit).toBe(0);
  expect(await shop.answers()).toBe("v3");
  const history = await shop.seaworthy(["history"]);
  expect(history.out).toMatch(/v3 +accepted/);
});
