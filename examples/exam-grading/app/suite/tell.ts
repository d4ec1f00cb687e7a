import { test } from "node:test";
import type { Database } from "../src/data/database.ts";
import { ENGINES } from "./rig.ts";

/** One test of this suite. */
export function tell(name: string, work: () => void | Promise<void>): void {
  void test(name, work);
}

/** One test for each database that can be used here, each time on one of its own. */
export function tellOnEach(name: string, work: (database: Database) => Promise<void>): void {
  for (const engine of ENGINES)
    tell(`${engine.name}: ${name}`, async () => {
      await using scratch = await engine.open();
      await work(scratch.database);
    });
}
