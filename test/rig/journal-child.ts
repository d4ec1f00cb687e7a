/**
 * A journal in a process of its own, told what to do by lines of JSON.
 *
 * In: `["append", "1", 0, [...]]`. Out: `{"ok": ...}` or `{"fault": "journal-moved"}`, in the same order.
 */
import { createInterface } from "node:readline";
import { writeSync } from "node:fs";
import { openJournal } from "../../src/journal/sqlite.ts";
import { Fault } from "../../src/model/failure.ts";
import { virtualClock } from "./virtual-clock.ts";

const [folder = ""] = process.argv.slice(2);
type Methods = Readonly<Record<string, (...args: readonly unknown[]) => Promise<unknown>>>;

function answer(text: object): void {
  writeSync(1, `${JSON.stringify(text)}\n`);
}

async function main(): Promise<void> {
  const lines = createInterface({ input: process.stdin });
  let methods: Methods | undefined;
  answer({ ok: "up" });
  for await (const line of lines) {
    const [method, ...args] = JSON.parse(line) as [string, ...unknown[]];
    try {
      // Opened on the first word, so that a test can have many open it at the same time.
      methods ??= openJournal(folder, { clock: virtualClock() }) as unknown as Methods;
      answer({ ok: (await methods[method]!(...args)) ?? null });
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      answer({ fault: thrown.failure.code });
    }
  }
}

await main();
