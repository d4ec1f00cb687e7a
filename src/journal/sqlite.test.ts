import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keepsTheJournalContract } from "../../test/contracts/journal.contract.ts";
import { virtualClock } from "../../test/rig/virtual-clock.ts";
import { openJournal } from "./sqlite.ts";

keepsTheJournalContract("the journal in SQLite", async () => {
  const folder = await mkdtemp(join(tmpdir(), "seaworthy-journal-"));
  const clock = virtualClock();
  const another = async () => openJournal(folder, { clock });
  const end = () => rm(folder, { recursive: true });
  return { clock, journal: await another(), another, end };
});
