import { afterEach, beforeEach, expect, test } from "vitest";
import type { Services, Shell } from "../../src/ports/shell.ts";
import type { Http } from "../../src/ports/http.ts";
import { type LocalTarget, openLocalTarget, release } from "../rig/local-target.ts";

const ONE = release("one");
const TWO = release("two");

let target: LocalTarget;
beforeEach(async () => {
  target = await openLocalTarget();
});
afterEach(async () => {
  await target[Symbol.asyncDispose]();
});

/** Lets so many calls through to the world; from then on nothing is heard of us any more, as after kill -9. */
function powerFor(calls: number) {
  let left = calls;
  let cut = false;
  const fragile = <Call extends (...given: never[]) => Promise<unknown>>(call: Call): Call => {
    const wrapped = async (...given: Parameters<Call>) => {
      if (left-- <= 0) {
        cut = true;
        throw new Error("power cut");
      }
      return call(...given);
    };
    return wrapped as Call;
  };
  return {
    wasCut: () => cut,
    around: (world: { services: Services; http: Http; shell: Shell }) => ({
      services: {
        start: fragile((name, spec) => world.services.start(name, spec)),
        stop: fragile((name) => world.services.stop(name)),
        list: fragile(() => world.services.list()),
      } satisfies Services,
      http: { send: fragile((request) => world.http.send(request)) } satisfies Http,
      shell: {
        look: fragile((command, limits) => world.shell.look(command, limits)),
        run: fragile((key, command, options) => world.shell.run(key, command, options)),
        receipt: fragile((key) => world.shell.receipt(key)),
        stream: fragile((from, to, limits) => world.shell.stream(from, to, limits)),
      } satisfies Shell,
    }),
  };
}

async function served(): Promise<unknown> {
  const response = await fetch(target.url);
  return [response.headers.get("x-seaworthy-release"), await response.json()];
}

const PREPARE = { prepare: [[process.execPath, "-e", "fs.appendFileSync('prepared.txt', 'x')"]] };

test("a deploy that is done again reaches its end wherever the power was cut, and people are served all the while", async () => {
  const sources = { one: await target.source("one"), two: await target.source("two") };
  await target.driver().stage(ONE, sources.one, target.act());
  await target.driver().activate(ONE, target.act());
  let cuts = 0;
  for (; ; cuts++) {
    const power = powerFor(cuts);
    const deploy = async (around?: ReturnType<typeof powerFor>["around"]) => {
      const driver = target.driver({ options: PREPARE, ...(around && { around }) });
      await driver.stage(TWO, sources.two, target.act());
      await driver.activate(TWO, target.act());
    };
    await deploy(power.around).catch((error: unknown) =>
      expect(String(error), `cut after ${cuts}`).toContain("power cut"),
    );
    // Whichever of the two it is, it is whole and says its own name.
    expect([
      [ONE.id, { version: "one" }],
      [TWO.id, { version: "two" }],
    ]).toContainEqual(await served());
    await deploy();
    expect(await served(), `cut after ${cuts}`).toEqual([TWO.id, { version: "two" }]);
    expect(await target.driver().current(target.act())).toEqual(TWO);
    // Back, as a rollback does it, for the next cut.
    await target.driver().activate(ONE, target.act());
    await target.driver().retire(TWO, target.act());
    expect(await served()).toEqual([ONE.id, { version: "one" }]);
    if (!power.wasCut()) break;
  }
  expect(cuts).toBeGreaterThan(10);
});
