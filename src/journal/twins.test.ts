import { rmSync } from "node:fs";
import { array, asyncProperty, assert, constantFrom, nat, record } from "fast-check";
import { expect, test } from "vitest";
import { memoryJournal, memoryStore } from "../../test/rig/memory-journal.ts";
import { scratch } from "../../test/rig/small-journal.ts";
import { virtualClock } from "../../test/rig/virtual-clock.ts";
import { Fault } from "../model/failure.ts";
import type { Journal, Lease } from "../ports/journal.ts";
import { openJournal } from "./sqlite.ts";

/** Something that one of two processes does. Numbers choose among what there is at that moment. */
const deed = record({
  does: constantFrom(
    ...(["create", "append", "append", "fenced append", "lease", "lease", "release"] as const),
    ...(["take over", "lock", "unlock", "unlock", "look"] as const),
  ),
  process: nat({ max: 1 }),
  run: constantFrom("1", "2", "3"),
  environment: constantFrom("staging", "production"),
  pick: nat({ max: 3 }),
});

type Deed = typeof deed extends { generate(...of: never[]): { value: infer T } } ? T : never;

/** Two processes over one storage, and what they have in their hands. */
interface Twin {
  readonly journals: readonly Journal[];
  readonly leases: Lease[];
  readonly lockIds: string[];
}

test("the journal in memory, on which the simulations stand, does what the real one does", async () => {
  const property = asyncProperty(array(deed, { maxLength: 40 }), async (deeds) => {
    const clock = virtualClock();
    const folder = scratch();
    const store = memoryStore();
    const real = twin([openJournal(folder, { clock }), openJournal(folder, { clock })]);
    const memory = twin([memoryJournal({ clock }, store), memoryJournal({ clock }, store)]);
    try {
      for (const each of deeds) {
        clock.advance(1000);
        expect(await answer(memory, each)).toEqual(await answer(real, each));
      }
    } finally {
      await Promise.all(real.journals.map((journal) => journal.close()));
      rmSync(folder, { recursive: true });
    }
  });
  await assert(property, { numRuns: 40 });
});

function twin(journals: readonly Journal[]): Twin {
  return { journals, leases: [], lockIds: [] };
}

async function answer(its: Twin, what: Deed): Promise<unknown> {
  try {
    return (await act(its, what)) ?? "done";
  } catch (thrown) {
    if (thrown instanceof Fault) return withoutIds(its, thrown.failure);
    throw thrown;
  }
}

/** Lock ids are drawn by chance, so each is called by its number. */
function withoutIds(its: Twin, value: unknown): unknown {
  const text = its.lockIds.reduce(
    (all, id, i) => all.replaceAll(id, `<${i}>`),
    JSON.stringify(value),
  );
  return JSON.parse(text);
}

async function act(its: Twin, { does, process, run, environment, pick }: Deed): Promise<unknown> {
  const journal = its.journals[process]!;
  const holder = { run, by: `process ${process}`, pid: process, host: "here" };
  const note = { kind: "run-interrupted", by: `${process} ${pick}` } as const;
  switch (does) {
    case "create":
      return journal.create({ id: run, environment, plan: "p", createdAt: "now" }, `plan ${pick}`);
    case "append": {
      const after = (await journal.run(run))?.length ?? 0;
      return journal.append(
        run,
        after,
        Array.from({ length: pick }, () => note),
      );
    }
    case "fenced append": {
      const head = await journal.run(run);
      const leases = its.leases.filter((lease) => lease.environment === head?.environment);
      const fence = leases.at(-1 - pick)?.fence;
      return fence && journal.append(run, head?.length ?? 0, [note], { fence });
    }
    case "lease": {
      const lease = await journal.lease(environment, holder);
      its.leases.push(lease);
      return lease.fence;
    }
    case "release":
      return its.leases[pick]?.release();
    case "take over":
      return journal.takeOver(environment);
    case "lock": {
      const ofRun = pick > 1 ? { run } : {};
      const lock = await journal.lock({ environment, by: "ana", reason: "audit", ...ofRun });
      its.lockIds.push(lock.id);
      return { ...lock, id: its.lockIds.indexOf(lock.id) };
    }
    case "unlock":
      return journal.unlock(environment, its.lockIds.at(-1 - pick) ?? "none");
    case "look":
      return withoutIds(its, [
        await journal.runs(),
        await journal.runs({ environment, limit: 1 }),
        await journal.holder(environment),
        (await journal.locks()).toSorted((a, b) => a.environment.localeCompare(b.environment)),
        await journal.read(run, pick),
      ]);
  }
}
