import { expect, test } from "vitest";
import { pointsHere } from "../rig/third.ts";
import { openComposeTarget, release } from "./rig/compose-target.ts";

const ONE = release("one");
const TWO = release("two");

test.each([
  ["v2", 21_050],
  ["v1", 21_051],
] as const)(
  "compose %s: cut off anywhere, the same order or the way back ends with one release whole",
  async (version, port) => {
    await using target = await openComposeTarget({ name: `h1k${version}`, port, version });
    for (const each of [ONE, TWO]) {
      await target.driver().stage(each, await target.source(each.name), target.act());
      await target.driver().activate(each, target.act());
    }
    for (const [at, cutMs] of pointsHere([60, 250, 500, 900, 1_400, 2_200]).entries()) {
      const [from, to] = at % 2 === 0 ? [TWO, ONE] : [ONE, TWO];
      const cut = { ...target.act(), signal: AbortSignal.timeout(cutMs) };
      await target
        .driver()
        .activate(to, cut)
        .catch(() => undefined);
      // As a new run of the program would: it knows nothing of the one before.
      const serving = await target.driver().current(target.act());
      expect([from.id, to.id], `cut after ${cutMs} ms`).toContain(serving?.id);
      // The way back where the cut came early, the way on where it came late; then on to the next.
      const wanted = cutMs < 300 ? [from, to] : [to];
      for (const each of wanted) {
        await target.driver().activate(each, target.act());
        expect([await target.answers(), (await target.driver().current(target.act()))?.id]).toEqual(
          [each.name, each.id],
        );
        const parts = await target.driver().state(target.act());
        expect(parts.map(({ name, release: of }) => [name, of])).toEqual([["web", each.id]]);
      }
    }
  },
);
