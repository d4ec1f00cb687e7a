import { rmSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { openJournal } from "../../src/journal/sqlite.ts";
import { systemClock } from "../../src/shell/clock.ts";
import { makeShop, SHOP_YAML } from "../rig/shop.ts";

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
  expect(back.exit).toBe(0);
  expect(await shop.answers()).toBe("v1");
});

test("does not let a run that only proves stand in the way of a rollback", async () => {
  const smoke =
    "  smoke:\n    steps:\n      - { id: look, command: ['true'], undo: { none: it only looks } }\n";
  await using shop = await makeShop(SHOP_YAML + smoke);
  await shop.seaworthy(["run", "deploy", ...shop.inputs("v1")]);
  await shop.seaworthy(["run", "deploy", ...shop.inputs("v2")]);
  const proven = await shop.seaworthy(["run", "smoke", ...shop.inputs("v2")]);
  expect(proven.out).not.toContain("seaworthy rollback");
  expect((await shop.seaworthy(["rollback"])).exit).toBe(0);
  expect(await shop.answers()).toBe("v1");
});

test("says of a run that never reached the deploy that what serves was not touched", async () => {
  await using shop = await makeShop();
  await shop.seaworthy(["run", "deploy", ...shop.inputs("v1")]);
  shop.write(
    "seaworthy.yaml",
    shop.read("seaworthy.yaml").replace("[sh, count.sh, second]", "['false']"),
  );
  const said = await shop.seaworthy(["run", "deploy", ...shop.inputs("v2")]);
  expect(said.exit).toBe(4);
  expect(said.out).toContain("what serves there was not touched");
  expect(shop.read(".seaworthy/runs/2/summary.html")).toContain("was not touched");
  expect(await shop.answers()).toBe("v1");
});

test("uses no number up for a run that is refused", async () => {
  await using shop = await makeShop();
  await shop.seaworthy(["env", "lock", "--reason", "freeze"]);
  expect((await shop.seaworthy(["run", "deploy", ...shop.inputs("v1")])).exit).toBe(10);
  expect((await shop.seaworthy(["history"])).out).toContain("No runs yet");
});

test("leaves the record of a run whose end was the last thing that was written", async () => {
  await using shop = await makeShop();
  await shop.seaworthy(["run", "deploy", ...shop.inputs("v1")]);
  // As a crash leaves it between the end of the run and its files: ended, locked, and nothing drawn.
  const runs = path.join(shop.folder, ".seaworthy/runs/1");
  for (const name of ["record.json", "summary.html", "deploy.log"]) rmSync(path.join(runs, name));
  const journal = openJournal(path.join(shop.folder, ".seaworthy"), { clock: systemClock });
  await journal.lock({
    environment: "staging",
    by: "ana",
    reason: "run 1 is not finished",
    run: "1",
  });
  await journal.close();
  expect((await shop.seaworthy(["run", "deploy", ...shop.inputs("v2")])).exit).toBe(0);
  expect(shop.read(".seaworthy/runs/1/record.json")).toContain('"status": "success"');
});
