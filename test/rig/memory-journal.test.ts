import { expect, test } from "vitest";
import { keepsTheJournalContract } from "../contracts/journal.contract.ts";
import { memoryJournal, memoryStore } from "./memory-journal.ts";
import { virtualClock } from "./virtual-clock.ts";

keepsTheJournalContract("the journal in memory", async () => {
  const clock = virtualClock();
  const store = memoryStore();
  const another = async () => memoryJournal({ clock }, store);
  return { clock, journal: await another(), another, end: async () => {} };
});

test("an edited entry in memory is found, so that simulations notice it", async () => {
  const store = memoryStore();
  const journal = memoryJournal({ clock: virtualClock() }, store);
  await journal.create({ id: "1", environment: "staging", plan: "deploy", createdAt: "" }, "");
  await journal.append("1", 0, [{ kind: "run-interrupted", by: "ana" }]);
  const links = store.runs.get("1")!.links;
  links[0] = { ...links[0]!, event: links[0]!.event.replace("ana", "eve") };

  await expect(journal.read("1")).rejects.toMatchObject({ failure: { code: "journal-damaged" } });
});

test("a killed process leaves its environment free and its entries in place", async () => {
  const clock = virtualClock();
  const store = memoryStore();
  const dying = memoryJournal({ clock }, store);
  await dying.create({ id: "1", environment: "staging", plan: "deploy", createdAt: "" }, "");
  const holder = { run: "1", by: "ana", pid: 1, host: "here" };
  const { fence } = await dying.lease("staging", holder);
  await dying.append("1", 0, [{ kind: "run-interrupted", by: "ana" }], { fence });
  dying.die();

  const next = memoryJournal({ clock }, store);
  expect((await next.lease("staging", holder)).fence).toBe(fence + 1);
  expect(await next.read("1")).toHaveLength(1);
});
