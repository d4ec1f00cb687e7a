import { describe, expect, test } from "vitest";
import { GATED_YAML, makeGatedShop, type GatedShop } from "../rig/gated-shop.ts";
import { CAN_SEE_PROCESSES, processesOf } from "../rig/processes.ts";
import { setSail, until } from "../rig/sailing.ts";

const ASKS = GATED_YAML.replace(
  'command: ["${CHECK}"]',
  'command: ["${CHECK}"]\n        on_failure: ask',
);
const ONCE = GATED_YAML.replace("- id: third\n", "- id: third\n        effect: once\n");

const decide = (shop: GatedShop, choice: string, step = "fit") =>
  shop.seaworthy(["decide", "2", step, choice, "--reason", "looked at it"]);

/** v1 serves, and the deploy of v3 is held. */
async function held(): Promise<GatedShop> {
  const shop = await makeGatedShop(ASKS);
  expect((await shop.seaworthy(["run", "deploy", ...shop.inputs("v1")])).exit).toBe(0);
  const run = await shop.seaworthy(["run", "deploy", ...shop.inputs("v3", "false")]);
  expect(run.exit, run.err).toBe(8);
  expect(run.out).toContain("Run 2 is held: it waits for a decision (exit 8)");
  expect(run.out).toContain('seaworthy decide 2 fit again|passed|roll-back|stop --reason "…"');
  expect((await shop.seaworthy(["status"])).out).toContain("held at fit");
  const other = await shop.seaworthy(["run", "deploy", ...shop.inputs("v2")]);
  expect(other.exit, other.err).toBe(10);
  expect(other.err).toContain("held at fit");
  expect((await shop.seaworthy(["resume"])).exit).toBe(8);
  return shop;
}

describe("a run that asks", () => {
  test.each([
    { choice: "passed", exit: 0, serves: "v3", undone: undefined, says: "accepted" },
    { choice: "roll-back", exit: 4, serves: "v1", undone: 1, says: "rolled back" },
    { choice: "stop", exit: 8, serves: "v3", undone: undefined, says: "left as it is" },
  ])("does $choice when told so, and takes no second answer", async (told) => {
    await using shop = await held();
    const decided = await decide(shop, told.choice);
    expect(decided.exit, decided.err).toBe(told.exit);
    expect(decided.out).toContain(told.says);
    expect(decided.out).toContain(".seaworthy/runs/2/summary.3.html");
    expect(await shop.answers()).toBe(told.serves);
    expect(shop.counted()["undo-first"]).toBe(told.undone);
    expect(shop.counted()["third"]).toBe(2);
    const before = shop.counted();
    const second = await decide(shop, "roll-back");
    expect(second.exit, second.err).toBe(2);
    expect(second.err).toContain("fix:");
    expect(shop.counted()).toEqual(before);
    expect(await shop.answers()).toBe(told.serves);
    const record = JSON.parse(shop.read(FINAL)) as { decisions: object[] };
    expect(record.decisions).toMatchObject([
      { step: "fit", choice: told.choice.replace("-", " "), reason: "looked at it" },
    ]);
    expect((await shop.seaworthy(["run", "deploy", ...shop.inputs("v2")])).exit).toBe(0);
  });

  test("tries again when told so, asks again while it fails, and refuses an answer that it does not know", async () => {
    await using shop = await held();
    const unknown = await decide(shop, "maybe");
    expect(unknown.exit).toBe(2);
    expect(unknown.err).toContain("again, passed, roll-back, stop");
    expect((await decide(shop, "again", "first")).exit).toBe(2);
    const again = await decide(shop, "again");
    expect(again.exit, again.err).toBe(8);
    expect(again.err).toContain("fit (attempt 2)");
    expect((await decide(shop, "passed")).exit).toBe(0);
    expect(shop.counted()["third"]).toBe(2);
  });
});

/** What was left behind when the run was held stays, as what resuming in vain did; what it came to stands in the third one. */
const FINAL = ".seaworthy/runs/2/record.3.json";

describe("an act that is done once, cut by kill -9", () => {
  test.each([
    { choice: "passed", exit: 0, serves: "v3", third: 1 },
    { choice: "again", exit: 0, serves: "v3", third: 2 },
    { choice: "roll-back", exit: 4, serves: "v1", third: 1 },
  ])(
    "is not done again by itself; a person says $choice",
    async ({ choice, exit, serves, third }) => {
      await using shop = await makeGatedShop(ONCE);
      expect((await shop.seaworthy(["run", "deploy", ...shop.inputs("v1")])).exit).toBe(0);
      const before = shop.counted()["third"] ?? 0;
      shop.close("third");
      await using run = setSail(shop.folder, ["run", "deploy", ...shop.inputs("v3")]);
      await shop.reached("third", run);
      run.signal("SIGKILL");
      await run.ended;
      shop.open("third");
      const resumed = await shop.seaworthy(["resume"]);
      expect(resumed.exit, resumed.err).toBe(8);
      expect(resumed.out).toContain("its effect may or may not have happened");
      expect(resumed.out).toContain("seaworthy decide 2 third");
      expect(shop.counted()["third"]).toBe(before + 1);
      const decided = await decide(shop, choice, "third");
      expect(decided.exit, decided.err).toBe(exit);
      expect(shop.counted()["third"]).toBe(before + third);
      expect(await shop.answers()).toBe(serves);
    },
  );
});

test.runIf(CAN_SEE_PROCESSES).each([
  { during: "a command", gate: "first", undone: 1 },
  { during: "the deploy", gate: "listen", undone: 1 },
  { during: "the health check", gate: "health", undone: 1 },
] as const)(
  "a run that another process drives is cancelled during $during, and that process takes it back",
  async ({ gate }) => {
    await using shop = await makeGatedShop();
    expect((await shop.seaworthy(["run", "deploy", ...shop.inputs("v1")])).exit).toBe(0);
    shop.close(gate);
    await using run = setSail(shop.folder, ["run", "deploy", ...shop.inputs("v3")]);
    await shop.reached(gate, run);
    const told = await shop.seaworthy(["cancel", "2", "--reason", "wrong tag"]);
    expect(told.exit, told.err).toBe(0);
    expect(told.err).toContain("told run 2");
    expect(told.err).toContain("seaworthy watch 2");
    const ended = await run.ended;
    expect(ended.exit, ended.err).toBe(4);
    expect(ended.err + ended.out).toContain("cancelled the run: wrong tag");
    expect(await shop.answers()).toBe("v1");
    expect(shop.counted()["undo-first"]).toBe(1);
    expect(shop.counted()["third"]).toBe(1);
    const again = await shop.seaworthy(["cancel", "2"]);
    expect(again.exit, again.err).toBe(2);
    await until(
      () => processesOf(shop.folder).every(({ words }) => !words.includes("count.sh")),
      () => "the end of the cancelled command",
    );
  },
);
