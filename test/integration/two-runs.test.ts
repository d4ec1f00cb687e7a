import { describe, expect, test } from "vitest";
import { GATED_YAML, makeGatedShop, type Gate, type GatedShop } from "../rig/gated-shop.ts";
import { CAN_SEE_PROCESSES, processesOf } from "../rig/processes.ts";
import type { Said } from "../rig/project.ts";
import { setSail, until, type Sailing } from "../rig/sailing.ts";

/** Whoever wakes up during the deploy waits until this has passed for a release that is gone. */
const YAML = GATED_YAML.replace("healthy_within: 30s", "healthy_within: 12s");

async function withV1(): Promise<GatedShop> {
  const shop = await makeGatedShop(YAML);
  const first = await shop.seaworthy(["run", "deploy", ...shop.inputs("v1")]);
  expect(first.exit, first.err).toBe(0);
  return shop;
}

async function lockId(shop: GatedShop): Promise<string> {
  const { out } = await shop.seaworthy(["env", "list", "--json"]);
  const { environments } = JSON.parse(out) as { environments: { lock?: { id: string } }[] };
  return environments[0]?.lock?.id ?? "none";
}

const history = async (shop: GatedShop, run: string) =>
  (await shop.seaworthy(["watch", run, "--events"])).out;

describe("two runs on one environment", () => {
  test("begun at the same moment have one winner, and the other is told who that is and what to do", async () => {
    await using shop = await withV1();
    const before = shop.counted();
    shop.close("first");
    const words = ["run", "deploy", ...shop.inputs("v3")];
    await using ana = setSail(shop.folder, words, { SEAWORTHY_USER: "ana" });
    await using ben = setSail(shop.folder, words, { SEAWORTHY_USER: "ben" });
    const loser = await Promise.race([
      ana.ended.then((ended) => ({ ...ended, winner: { name: "ben", run: ben } })),
      ben.ended.then((ended) => ({ ...ended, winner: { name: "ana", run: ana } })),
    ]);
    const { winner } = loser;
    expect(loser.exit, loser.err).toBe(10);
    expect(loser.err).toMatch(new RegExp(`held by run \\d+, started by ${winner.name}@\\S+ `));
    expect(loser.err).toContain(`pid ${winner.run.pid} `);
    expect(loser.err).toMatch(/fix: .*seaworthy watch \d+/);
    await shop.reached("first", winner.run);
    expect(shop.counted()["first"]).toBe((before["first"] ?? 0) + 1);
    shop.open("first");
    const won = await winner.run.ended;
    expect(won.exit, won.err).toBe(0);
    expect(await shop.answers()).toBe("v3");
    expect(shop.counted()["third"]).toBe((before["third"] ?? 0) + 1);
  });

  test("do not meet when the second comes in the middle of the first, or the first was left unfinished", async () => {
    await using shop = await withV1();
    shop.close("second");
    await using first = setSail(shop.folder, ["run", "deploy", ...shop.inputs("v3")]);
    await shop.reached("second", first);
    const late = await setSail(shop.folder, ["run", "deploy", ...shop.inputs("v2")]).ended;
    expect(late.exit, late.err).toBe(10);
    expect(late.err).toContain(`held by run 2, started by ana@`);
    expect(late.err).toContain(`pid ${first.pid} `);
    const status = await shop.seaworthy(["status"]);
    expect(status.out).toContain("2 deploy v3: running during second");
    first.signal("SIGKILL");
    await first.ended;
    const later = await setSail(shop.folder, ["run", "deploy", ...shop.inputs("v2")]).ended;
    expect(later.exit, later.err).toBe(10);
    expect(later.err).toContain(
      "belongs to run 2, which is not finished: interrupted during second",
    );
    expect(later.err).toContain("seaworthy resume 2");
    shop.open("second");
    const resumed = await shop.seaworthy(["resume"]);
    expect(resumed.exit, resumed.err).toBe(0);
    expect(await shop.answers()).toBe("v3");
  });
});

/** Stopped in the very middle of a write it would hold the journal itself: then it goes on for a moment first. */
async function whileStopped(sleeper: Sailing, act: () => Promise<Said>): Promise<Said> {
  for (let tries = 0; ; tries += 1) {
    sleeper.signal("SIGSTOP");
    const said = await act();
    if (!said.err.includes("was locked by another program") || tries === 5) return said;
    expect(said.err).toContain("fuser");
    expect(said.exit).toBe(1);
    sleeper.signal("SIGCONT");
    await until(
      async () => (await act()).exit === 10,
      () => "the journal to be free again",
    );
  }
}

const MOMENTS: readonly { readonly during: string; readonly gate: Gate; readonly check: string }[] =
  [
    { during: "a command", gate: "first", check: "true" },
    { during: "the deploy", gate: "listen", check: "true" },
    { during: "the health check", gate: "health", check: "true" },
    { during: "the rollback", gate: "undo-second", check: "false" },
  ];

test.runIf(CAN_SEE_PROCESSES).each(MOMENTS)(
  "a holder that was stopped during $during, and wakes up after another took the environment, is refused and changes nothing",
  async ({ gate, check }) => {
    await using shop = await withV1();
    shop.close(gate);
    const words = ["run", "deploy", ...shop.inputs("v3", check === "true" ? "true" : "false")];
    await using sleeper = setSail(shop.folder, words);
    await shop.reached(gate, sleeper);
    const refused = await whileStopped(sleeper, () =>
      shop.seaworthy(["run", "deploy", ...shop.inputs("v2")]),
    );
    shop.open(gate);
    expect(refused.exit, refused.err).toBe(10);
    const id = await lockId(shop);
    const unlocked = await shop.seaworthy(["env", "unlock", "--id", id]);
    expect(unlocked.exit, unlocked.err).toBe(0);
    const second = await setSail(shop.folder, ["run", "deploy", ...shop.inputs("v2")]).ended;
    expect(second.exit, second.err).toBe(0);
    expect(await shop.answers()).toBe("v2");
    const before = { history: await history(shop, "2"), counted: shop.counted() };

    sleeper.signal("SIGCONT");
    const woken = await sleeper.ended;
    expect(woken.exit, woken.err).toBe(10);
    expect(woken.err).toContain('"staging" was taken over');
    expect(woken.err).toContain("seaworthy status");
    expect(await history(shop, "2")).toBe(before.history);
    expect(shop.counted()).toEqual(before.counted);
    expect(await shop.answers()).toBe("v2");
    for (const late of [["resume", "2"], ["cancel", "2"], ["rollback", "2"], ["resume"]]) {
      const said = await shop.seaworthy(late);
      expect(said.exit, `${late.join(" ")}: ${said.err}${said.out}`).toBe(2);
      expect(said.err).toMatch(
        /left behind: run \d acted on staging after it|No run here is unfinished/,
      );
    }
    expect(shop.counted()).toEqual(before.counted);
    expect(await shop.answers()).toBe("v2");
    const serving = await shop.seaworthy(["status"]);
    expect(serving.out).toContain("web: v2");
    await until(
      () =>
        processesOf(shop.folder).filter(({ words: w }) => w.includes("server.mjs")).length === 1,
      () => `one server in ${JSON.stringify(processesOf(shop.folder))}`,
    );
  },
);
