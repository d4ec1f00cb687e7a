import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { canonicalJson } from "../../src/lib/canonical.ts";
import type { Entry, Event } from "../../src/model/event.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { Journal } from "../../src/ports/journal.ts";

/** A journal to be held to its promises. */
export interface JournalUnderTest {
  readonly clock: Clock & { advance(ms: number): void };
  readonly journal: Journal;
  /** One more journal over the same storage, as another process would open it. The suite closes it. */
  another(): Promise<Journal>;
  end(): Promise<void>;
}

/** Holds a journal to the promises of src/ports/journal.ts, whatever it keeps its entries in. */
export function keepsTheJournalContract(name: string, open: () => Promise<JournalUnderTest>): void {
  describe(name, () => {
    let under: JournalUnderTest;
    let journal: Journal;
    let opened: Journal[];

    const another = async () => {
      const more = await under.another();
      opened.push(more);
      return more;
    };
    const newRun = (id: string, environment = "staging") =>
      journal.create({ id, environment, plan: "deploy", createdAt: CREATED }, `plan of ${id}`);

    beforeEach(async () => {
      under = await open();
      journal = under.journal;
      opened = [journal];
    });

    afterEach(async () => {
      await Promise.all(opened.map((each) => each.close()));
      await under.end();
    });

    describe("histories", () => {
      test("a new run has an empty history and its plan's digest", async () => {
        const head = await newRun("1");

        expect(head).toEqual({
          id: "1",
          environment: "staging",
          plan: "deploy",
          createdAt: CREATED,
          digest: sha256("plan of 1"),
          length: 0,
        });
        expect(await journal.run("1")).toEqual(head);
        expect(await journal.read("1")).toEqual([]);
      });

      test("a run id is given once", async () => {
        await newRun("1");

        await expect(newRun("1", "production")).rejects.toMatchObject(fault("run-exists"));
        expect((await journal.run("1"))?.environment).toBe("staging");
      });

      test("an unknown run has no head, and no history to read or write", async () => {
        expect(await journal.run("9")).toBeUndefined();
        await expect(journal.read("9")).rejects.toMatchObject(fault("no-such-run"));
        await expect(journal.append("9", 0, [note("a")])).rejects.toMatchObject(
          fault("no-such-run"),
        );
      });

      test("a run id that could not be a folder is refused", async () => {
        await expect(newRun("../1")).rejects.toThrow("not a run id");
      });

      test("what was appended is read back in order, number by number", async () => {
        await newRun("1");
        const first = await journal.append("1", 0, [note("a"), note("b")]);
        const second = await journal.append("1", 2, [note("c")]);

        const entries = await journal.read("1");
        expect(entries).toEqual([...first, ...second]);
        expect(entries.map(({ seq, event }) => [seq, event])).toEqual([
          [1, note("a")],
          [2, note("b")],
          [3, note("c")],
        ]);
        expect(await journal.read("1", 1)).toEqual(entries.slice(1));
        expect(await journal.read("1", 3)).toEqual([]);
      });

      test("every entry is linked to the one before by a hash that anybody can compute", async () => {
        await newRun("1");
        await journal.append("1", 0, [note("a"), note("b")]);
        await journal.append("1", 2, [note("c")]);

        let previous = "0".repeat(64);
        for (const entry of await journal.read("1")) {
          expect(entry.previous).toBe(previous);
          expect(entry.hash).toBe(hashOf(entry));
          previous = entry.hash;
        }
      });

      test("an entry bears the time of the clock", async () => {
        await newRun("1");
        under.clock.advance(1500);
        const [entry] = await journal.append("1", 0, [note("a")]);

        expect(entry?.at).toBe(new Date(under.clock.now()).toISOString());
      });

      test("events come back as they were, whatever texts and numbers they hold", async () => {
        await newRun("1");
        const facts = {
          text: 'ümlaut \u0000 \u2028 😀 "quoted" \\ line\nline',
          half: "\ud83d",
          numbers: [0, -1.5, 1e21, 5e-324, Number.MAX_SAFE_INTEGER],
          nested: { z: [{}, []], a: null, __proto__: true, "": false },
        };
        const event: Event = { kind: "fact-noted", step: "up", phase: "do", attempt: 1, facts };
        const [given] = await journal.append("1", 0, [event]);

        expect(given?.event).toEqual(event);
        expect((await journal.read("1"))[0]?.event).toEqual(event);
      });

      test("a member without a value is not written down, and the writer sees that as readers do", async () => {
        await newRun("1");
        const event: Event = Object.assign(note("a"), { because: undefined });
        const [given] = await journal.append("1", 0, [event]);

        expect(Object.keys(given?.event ?? {}).toSorted()).toEqual(["by", "kind"]);
      });

      test("changing an event after appending it changes nothing", async () => {
        await newRun("1");
        const facts = { port: 80 };
        const event: Event = { kind: "fact-noted", step: "up", phase: "do", attempt: 1, facts };
        await journal.append("1", 0, [event]);
        facts.port = 81;

        expect((await journal.read("1"))[0]?.event).toMatchObject({ facts: { port: 80 } });
      });

      test("appending nothing checks the place and writes nothing", async () => {
        await newRun("1");

        expect(await journal.append("1", 0, [])).toEqual([]);
        await expect(journal.append("1", 1, [])).rejects.toMatchObject(fault("journal-moved"));
        expect(await journal.read("1")).toEqual([]);
      });

      test("an event that JSON cannot hold is refused, and nothing of its batch is kept", async () => {
        await newRun("1");
        const facts = { p95Ms: Number.NaN };
        const event: Event = { kind: "fact-noted", step: "up", phase: "do", attempt: 1, facts };

        await expect(journal.append("1", 0, [note("a"), event])).rejects.toThrow(
          "JSON cannot hold",
        );
        expect(await journal.read("1")).toEqual([]);
        expect(await journal.append("1", 0, [note("b")])).toHaveLength(1);
      });

      test("runs do not touch one another", async () => {
        await newRun("1");
        await newRun("2");
        await journal.append("1", 0, [note("one")]);
        await journal.append("2", 0, [note("two")]);

        expect((await journal.read("1")).map(({ event }) => event)).toEqual([note("one")]);
        expect((await journal.read("2")).map(({ event }) => event)).toEqual([note("two")]);
      });
    });

    describe("writers at the same time", () => {
      test.each([
        { after: 0, what: "behind the end" },
        { after: 2, what: "beyond the end" },
      ])("appending $what is refused and leaves nothing", async ({ after }) => {
        await newRun("1");
        await journal.append("1", 0, [note("a")]);

        await expect(journal.append("1", after, [note("b")])).rejects.toMatchObject(
          fault("journal-moved"),
        );
        expect(await journal.read("1")).toHaveLength(1);
      });

      test("of many who append behind the same entry exactly one is taken", async () => {
        await newRun("1");
        const others = await Promise.all([another(), another(), another()]);
        const tries = await Promise.allSettled(
          others.map((each, index) => each.append("1", 0, [note(`writer ${index}`)])),
        );

        expect(tries.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
        expect(await journal.read("1")).toHaveLength(1);
      });

      test("what one has written the other reads at once", async () => {
        await newRun("1");
        const other = await another();
        await other.append("1", 0, [note("a")]);

        expect(await journal.read("1")).toEqual(await other.read("1"));
        expect((await journal.run("1"))?.length).toBe(1);
      });
    });

    describe("lists", () => {
      test("runs are listed newest first, with their last entry", async () => {
        await newRun("9");
        await newRun("10", "production");
        await newRun("11");
        const [entry] = await journal.append("9", 0, [note("a")]);

        const ids = async (filter?: { environment?: string; limit?: number }) =>
          (await journal.runs(filter)).map(({ id }) => id);
        expect(await ids()).toEqual(["11", "10", "9"]);
        expect(await ids({ environment: "staging" })).toEqual(["11", "9"]);
        expect(await ids({ limit: 1 })).toEqual(["11"]);
        expect(await ids({ environment: "staging", limit: 1 })).toEqual(["11"]);
        expect(await ids({ environment: "nowhere" })).toEqual([]);
        expect((await journal.runs()).at(-1)).toMatchObject({ length: 1, last: entry });
      });

      test("a plan snapshot is found under its sha256 alone", async () => {
        const { digest } = await newRun("1");

        expect(await journal.snapshot(digest)).toBe("plan of 1");
        expect(await journal.snapshot(sha256("another plan"))).toBeUndefined();
      });

      test("two runs of the same plan share a snapshot", async () => {
        const create = (id: string) =>
          journal.create({ id, environment: "staging", plan: "p", createdAt: CREATED }, "same");

        expect((await create("1")).digest).toBe((await create("2")).digest);
        expect(await journal.snapshot(sha256("same"))).toBe("same");
      });
    });

    describe("leases", () => {
      test("an environment has one holder, and the loser is told who", async () => {
        await journal.lease("staging", ana);
        const other = await another();

        const refusal = await other.lease("staging", ben).catch((thrown: unknown) => thrown);
        expect(refusal).toMatchObject(fault("environment-locked"));
        expect(refusal).toMatchObject({
          failure: {
            what: expect.stringMatching(/run 1, started by ana \(pid 11 on north\) since 20/),
            fix: expect.stringContaining("seaworthy watch 1"),
          },
        });
        expect(await other.holder("staging")).toEqual(ana);
      });

      test("the same process does not get it twice either", async () => {
        await journal.lease("staging", ana);

        await expect(journal.lease("staging", ana)).rejects.toMatchObject(
          fault("environment-locked"),
        );
      });

      test("environments are held apart", async () => {
        await journal.lease("staging", ana);

        expect((await journal.lease("production", ben)).fence).toBe(1);
        expect(await journal.holder("production")).toEqual(ben);
      });

      test("a released environment is free, and each owner has a higher fence", async () => {
        const first = await journal.lease("staging", ana);
        await first.release();
        expect(await journal.holder("staging")).toBeUndefined();
        const second = await (await another()).lease("staging", ben);

        expect(second.fence).toBeGreaterThan(first.fence);
        await first.release();
        expect(await journal.holder("staging")).toEqual(ben);
      });

      test("closing a journal frees what it held", async () => {
        const other = await another();
        await other.lease("staging", ana);
        await other.close();

        expect(await journal.holder("staging")).toBeUndefined();
        await expect(journal.lease("staging", ben)).resolves.toMatchObject({ fence: 2 });
      });

      test("an environment that nobody ever held has no holder", async () => {
        expect(await journal.holder("staging")).toBeUndefined();
      });

      test.each(["", "../up", "a/b", "UP", "-a", "a".repeat(64), "a\n", "ä"])(
        "%j is not an environment",
        async (environment) => {
          const refused = fault("environment-name");
          const lock = { environment, by: "ana", reason: "audit" };
          await expect(journal.lease(environment, ana)).rejects.toMatchObject(refused);
          await expect(journal.holder(environment)).rejects.toMatchObject(refused);
          await expect(journal.takeOver(environment)).rejects.toMatchObject(refused);
          await expect(journal.lock(lock)).rejects.toMatchObject(refused);
          await expect(journal.unlock(environment, "id")).rejects.toMatchObject(refused);
          await expect(newRun("1", environment)).rejects.toMatchObject(refused);
        },
      );
    });

    describe("fences", () => {
      test("the owner writes with its fence, also in batches", async () => {
        await newRun("1");
        const { fence } = await journal.lease("staging", ana);

        await journal.append("1", 0, [note("a"), note("b")], { fence });
        await journal.append("1", 2, [note("c")], { fence });
        expect(await journal.read("1")).toHaveLength(3);
      });

      test("an owner that was superseded is refused, and nothing of it is kept", async () => {
        await newRun("1");
        const stale = await journal.lease("staging", ana);
        await stale.release();
        const other = await another();
        const { fence } = await other.lease("staging", ben);

        await expect(
          journal.append("1", 0, [note("late")], { fence: stale.fence }),
        ).rejects.toMatchObject(fault("fence-stale"));
        await other.append("1", 0, [note("mine")], { fence });
        expect((await journal.read("1")).map(({ event }) => event)).toEqual([note("mine")]);
      });

      test("an environment taken over has no holder, and its old owner is stale at once", async () => {
        await newRun("1");
        const { fence } = await journal.lease("staging", ana);
        const other = await another();
        await other.takeOver("staging");

        expect(await other.holder("staging")).toBeUndefined();
        await expect(journal.append("1", 0, [note("late")], { fence })).rejects.toMatchObject(
          fault("fence-stale"),
        );
        expect((await other.lease("staging", ben)).fence).toBeGreaterThan(fence);
      });

      test("the old owner's release does not free the new owner's environment", async () => {
        const old = await journal.lease("staging", ana);
        const other = await another();
        await other.takeOver("staging");
        await other.lease("staging", ben);
        await old.release();

        expect(await journal.holder("staging")).toEqual(ben);
        await expect(journal.lease("staging", ana)).rejects.toMatchObject(
          fault("environment-locked"),
        );
      });

      test("a person's word needs no fence", async () => {
        await newRun("1");
        await journal.lease("staging", ana);

        expect(await (await another()).append("1", 0, [note("stop")])).toHaveLength(1);
      });
    });

    describe("locks", () => {
      const byPerson = { environment: "staging", by: "ana", reason: "audit until Friday" };

      test("a lock is listed and keeps every run out, saying why", async () => {
        const lock = await journal.lock(byPerson);

        expect(lock).toMatchObject({ ...byPerson, id: expect.any(String) });
        expect(await (await another()).locks()).toEqual([lock]);
        await expect(journal.lease("staging", ana)).rejects.toMatchObject({
          failure: {
            code: "environment-locked",
            what: expect.stringContaining("audit until Friday"),
            fix: expect.stringContaining(lock.id),
          },
        });
        expect((await journal.lease("production", ana)).fence).toBe(1);
      });

      test("a run's own lock lets that run go on, and no other", async () => {
        await journal.lock({ ...byPerson, run: "1" });

        await expect(journal.lease("staging", ben)).rejects.toMatchObject(
          fault("environment-locked"),
        );
        expect((await journal.lease("staging", ana)).fence).toBe(1);
      });

      test("while a run with a lock of its own is alive, others are told of the run", async () => {
        await journal.lease("staging", ana);
        await journal.lock({ ...byPerson, run: "1" });

        await expect(journal.lease("staging", ben)).rejects.toMatchObject({
          failure: { what: expect.stringContaining("held by run 1") },
        });
      });

      test("a lease that a lock refuses leaves nobody in", async () => {
        const { id } = await journal.lock(byPerson);
        await expect(journal.lease("staging", ana)).rejects.toMatchObject(
          fault("environment-locked"),
        );
        expect(await journal.holder("staging")).toBeUndefined();
        await journal.unlock("staging", id);

        await expect((await another()).lease("staging", ben)).resolves.toBeDefined();
      });

      test("a run that locks again has the lock that it had", async () => {
        const lock = await journal.lock({ ...byPerson, run: "1" });

        expect(await journal.lock({ ...byPerson, run: "1" })).toEqual(lock);
        expect(await journal.locks()).toEqual([lock]);
      });

      test.each([
        { who: "a person by a person", first: {}, second: {} },
        { who: "a run by another run", first: { run: "1" }, second: { run: "2" } },
        { who: "a run by a person", first: { run: "1" }, second: {} },
        { who: "a person by a run", first: {}, second: { run: "1" } },
      ])("a lock is not replaced: that of $who", async ({ first, second }) => {
        const lock = await journal.lock({ ...byPerson, ...first });

        await expect(journal.lock({ ...byPerson, ...second })).rejects.toMatchObject(
          fault("environment-locked"),
        );
        expect(await journal.locks()).toEqual([lock]);
      });

      test("unlocking needs the id", async () => {
        const { id } = await journal.lock(byPerson);

        await expect(journal.unlock("staging", "other")).rejects.toMatchObject(
          fault("wrong-lock-id"),
        );
        expect(await journal.locks()).toHaveLength(1);
        await journal.unlock("staging", id);
        expect(await journal.locks()).toEqual([]);
        await expect(journal.unlock("staging", id)).rejects.toMatchObject(fault("not-locked"));
      });

      test("a refusal to unlock does not give the id away", async () => {
        const { id } = await journal.lock(byPerson);
        const refusal = await journal.unlock("staging", "other").catch((thrown: unknown) => thrown);

        expect(JSON.stringify(refusal)).not.toContain(id);
      });

      test("unlocking ends every lease older than that", async () => {
        await newRun("1");
        const { fence } = await journal.lease("staging", ana);
        const { id } = await journal.lock(byPerson);
        await journal.unlock("staging", id);

        await expect(journal.append("1", 0, [note("late")], { fence })).rejects.toMatchObject(
          fault("fence-stale"),
        );
      });

      test("a lock taken again has another id", async () => {
        const { id } = await journal.lock(byPerson);
        await journal.unlock("staging", id);

        expect((await journal.lock(byPerson)).id).not.toBe(id);
      });
    });

    describe("watching", () => {
      test("a watcher gets what is there and then what comes, by whomever it was written", async () => {
        await newRun("1");
        await journal.append("1", 0, [note("a"), note("b")]);
        const other = await another();
        const stop = new AbortController();
        const seen: string[] = [];

        for await (const entry of journal.watch("1", 1, stop.signal)) {
          seen.push(nameIn(entry));
          if (seen.length === 1) await journal.append("1", 2, [note("own")]);
          if (seen.length === 2) setImmediate(() => void other.append("1", 3, [note("other's")]));
          if (seen.length === 3) stop.abort();
        }
        expect(seen).toEqual(["b", "own", "other's"]);
      });

      test("a watcher that waits ends when its signal fires", async () => {
        await newRun("1");
        const stop = new AbortController();
        setImmediate(() => stop.abort());
        const seen: Entry[] = [];

        for await (const entry of journal.watch("1", 0, stop.signal)) seen.push(entry);
        expect(seen).toEqual([]);
      });

      test("nobody can watch an unknown run", async () => {
        const watching = journal.watch("9", 0, new AbortController().signal);

        await expect(watching[Symbol.asyncIterator]().next()).rejects.toMatchObject(
          fault("no-such-run"),
        );
      });
    });

    test("everything written is there after closing and opening again", async () => {
      const { digest } = await newRun("1");
      const entries = await journal.append("1", 0, [note("a"), note("b")]);
      const lock = await journal.lock({ environment: "production", by: "ana", reason: "audit" });
      const { fence } = await journal.lease("staging", ana);
      await journal.close();
      const again = await another();

      expect(await again.read("1")).toEqual(entries);
      expect(await again.snapshot(digest)).toBe("plan of 1");
      expect(await again.locks()).toEqual([lock]);
      expect((await again.lease("staging", ben)).fence).toBe(fence + 1);
      expect(await again.append("1", 2, [note("c")])).toMatchObject([{ seq: 3 }]);
    });

    test("closing twice is closing once", async () => {
      await journal.close();
      await expect(journal.close()).resolves.toBeUndefined();
    });
  });
}

const CREATED = "2026-01-02T03:04:05.678Z";
const ana = { run: "1", by: "ana", pid: 11, host: "north" };
const ben = { run: "2", by: "ben", pid: 22, host: "south" };

function note(by: string): Event {
  return { kind: "run-interrupted", by };
}

function nameIn({ event }: Entry): string {
  return event.kind === "run-interrupted" ? event.by : event.kind;
}

function fault(code: string) {
  return { failure: { code } };
}

function hashOf({ previous, run, seq, at, event }: Entry): string {
  return sha256([previous, run, seq, at, canonicalJson(event)].join("\n"));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
