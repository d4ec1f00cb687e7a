import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Json } from "../../src/model/json.ts";
import type { Release } from "../../src/model/release.ts";
import type { Act, Driver, LogPiece } from "../../src/ports/driver.ts";

/** What the contract needs to know of a driver's world. Each `make` gives a fresh target. */
export interface DriverRig extends AsyncDisposable {
  /** The driver on the target; each call is like another run of the program. */
  driver(options?: { readonly fence?: number }): Driver;
  act(): Act;
  /** An absolute folder with an application that answers as `says`; one that says `dying…` ends at once. */
  source(says: string): Promise<string>;
  /** Who answers where people come: its version, or undefined when nobody does. */
  answers(): Promise<string | undefined>;
  /** The two can't run side by side: a failed release stands where the one before was until that one is activated. */
  readonly leavesFailedRelease?: true;
  /** Nothing of it says anything: its logs are empty. */
  readonly saysNothing?: true;
}

const ONE: Release = { id: "one+1", name: "one" };
const TWO: Release = { id: "two+2", name: "two" };

/** Holds a driver to the promises of the port. */
export function keepsTheDriverContract(name: string, make: () => Promise<DriverRig>): void {
  describe(`${name} keeps the driver contract`, () => {
    let rig: DriverRig;
    let act: Act;

    beforeEach(async () => {
      rig = await make();
      act = rig.act();
    });
    afterEach(async () => {
      await rig[Symbol.asyncDispose]();
    });

    async function deploy(release: Release, says = release.name): Promise<void> {
      const driver = rig.driver();
      await driver.stage(release, await rig.source(says), act);
      await driver.activate(release, act);
    }

    /** After TWO was refused: at once, or when the one before is brought back, whose evidence waits until then. */
    async function oneServesAgain(): Promise<void> {
      expect(await rig.driver().current(act)).toEqual(ONE);
      if (rig.leavesFailedRelease) {
        const failed = (await rig.driver().state(act)).filter(({ release }) => release === TWO.id);
        expect(failed.length).toBeGreaterThan(0);
        await rig.driver().ready(ONE, act);
        await rig.driver().activate(ONE, act);
      }
      expect([await rig.driver().current(act), await rig.answers()]).toEqual([ONE, "one"]);
    }

    test("a fresh target has no current release", async () => {
      expect(await rig.driver().current(act)).toBeUndefined();
      expect(await rig.driver().state(act)).toEqual([]);
      expect(await rig.driver().logs({ maxBytes: 1000 }, act)).toBe("");
    });

    test("staging sends no traffic, and twice is once", async () => {
      const from = await rig.source("one");
      await rig.driver().stage(ONE, from, act);
      await rig.driver().stage(ONE, from, act);
      expect(await rig.driver().current(act)).toBeUndefined();
      await expect(rig.driver().ready(ONE, act)).resolves.toBeUndefined();
    });

    test("a release that was not staged is neither ready nor activated", async () => {
      const refusal = { failure: { code: "release-not-staged" } };
      await expect(rig.driver().ready(ONE, act)).rejects.toMatchObject(refusal);
      await expect(rig.driver().activate(ONE, act)).rejects.toMatchObject(refusal);
    });

    test("activating makes the release serve, and twice is once", async () => {
      await deploy(ONE);
      expect([await rig.driver().current(act), await rig.answers()]).toEqual([ONE, "one"]);
      const before = await rig.driver().state(act);
      await rig.driver().activate(ONE, act);
      expect(await rig.answers()).toBe("one");
      expect(await rig.driver().state(act)).toEqual(before);
    });

    test("activating the previous release brings it back", async () => {
      await deploy(ONE);
      await deploy(TWO);
      expect([await rig.driver().current(act), await rig.answers()]).toEqual([TWO, "two"]);
      await rig.driver().ready(ONE, act);
      await rig.driver().activate(ONE, act);
      expect([await rig.driver().current(act), await rig.answers()]).toEqual([ONE, "one"]);
    });

    test("a release that keeps dying is refused with its own words, and the one before serves", async () => {
      await deploy(ONE);
      await expect(deploy(TWO, "dying two")).rejects.toMatchObject({
        failure: {
          code: "release-never-healthy",
          detail: expect.stringContaining("no database, said the application"),
        },
      });
      await oneServesAgain();
      const parts = await rig.driver().state(act);
      expect(parts.filter(({ release }) => release === TWO.id)).toEqual([]);
    });

    test("a release that answers as another one is refused, and the one before serves", async () => {
      await deploy(ONE);
      await expect(deploy(TWO, "one")).rejects.toMatchObject({
        failure: { code: "release-wrong-identity" },
      });
      await oneServesAgain();
    });

    test("a failed first release leaves a target without a current one", async () => {
      await expect(deploy(ONE, "dying one")).rejects.toMatchObject({
        failure: { code: "release-never-healthy" },
      });
      expect(await rig.driver().current(act)).toBeUndefined();
    });

    test("the serving release can't be retired, another one can, twice", async () => {
      await deploy(ONE);
      await deploy(TWO);
      await expect(rig.driver().retire(TWO, act)).rejects.toMatchObject({
        failure: { code: "release-serves" },
      });
      await rig.driver().retire(ONE, act);
      await rig.driver().retire(ONE, act);
      await expect(rig.driver().ready(ONE, act)).rejects.toMatchObject({
        failure: { code: "release-not-staged" },
      });
      expect(await rig.answers()).toBe("two");
    });

    test("settling ends what does not serve and keeps the way back, twice is once", async () => {
      await deploy(ONE);
      await rig.driver().settle(act);
      await deploy(TWO);
      await rig.driver().settle(act);
      await rig.driver().settle(act);
      const releases = (await rig.driver().state(act)).map((part) => part.release);
      expect(new Set(releases)).toEqual(new Set([TWO.id]));
      await rig.driver().activate(ONE, act);
      expect(await rig.answers()).toBe("one");
    });

    test("an accepted release keeps its files when it is retired", async () => {
      await deploy(ONE);
      await rig.driver().settle(act);
      await deploy(TWO);
      await rig.driver().retire(ONE, act);
      await expect(rig.driver().ready(ONE, act)).resolves.toBeUndefined();
    });

    test("retiring everything leaves nothing, twice is once", async () => {
      await deploy(ONE);
      await rig.driver().retire(undefined, act);
      await rig.driver().retire(undefined, act);
      expect(await rig.driver().current(act)).toBeUndefined();
      expect(await rig.answers()).toBeUndefined();
      expect(await rig.driver().state(act)).toEqual([]);
    });

    test("state names the serving release's parts, and logs hold its words within the cap", async () => {
      await deploy(ONE);
      const serving = (await rig.driver().state(act)).filter(({ release }) => release === ONE.id);
      expect(serving.length).toBeGreaterThan(0);
      expect(serving.map(({ healthy }) => healthy)).not.toContain(false);
      const words = await rig.driver().logs({ maxBytes: 10_000 }, act);
      expect(words).toContain(rig.saysNothing ? "" : "starting one");
      const little = await rig.driver().logs({ maxBytes: 60 }, act);
      expect(Buffer.byteLength(little)).toBeLessThanOrEqual(60);
    });

    test("logs since a mark hold every line said after it, and none said before", async () => {
      await deploy(ONE);
      const driver = rig.driver();
      if (!driver.logMark || !driver.logsSince) return;
      const fresh = JSON.stringify(await driver.logMark(act));
      await deploy(TWO);
      const read = async (mark: Json | undefined) => {
        const pieces: LogPiece[] = [];
        for await (const piece of rig.driver().logsSince!(mark, act)) pieces.push(piece);
        return pieces;
      };
      const since = await read(JSON.parse(fresh) as Json);
      const words = since.map(({ text }) => text).join("");
      expect(words).toContain("starting two");
      expect(words).not.toContain("starting one");
      expect(since.filter(({ lost }) => lost !== undefined)).toEqual([]);
      expect(await read(JSON.parse(fresh) as Json)).toEqual(since);
      const all = (await read(undefined)).map(({ text }) => text).join("");
      expect([all.includes("starting one"), all.includes("starting two")]).toEqual([true, true]);
    });

    test("a part whose log since the mark is gone says so", async () => {
      await deploy(ONE);
      const driver = rig.driver();
      if (!driver.logMark || !driver.logsSince) return;
      const mark = await driver.logMark(act);
      await driver.retire(undefined, act);
      const lost: number[] = [];
      for await (const piece of driver.logsSince(mark, act)) lost.push(piece.lost ?? 0);
      expect(lost.some((bytes) => bytes > 0)).toBe(true);
    });

    test("an owner that was replaced is refused in everything that changes", async () => {
      await rig.driver({ fence: 5 }).stage(ONE, await rig.source("one"), act);
      const stale = rig.driver({ fence: 4 });
      const refusal = { failure: { code: "fence-stale" } };
      await expect(stale.stage(TWO, await rig.source("two"), act)).rejects.toMatchObject(refusal);
      await expect(stale.activate(ONE, act)).rejects.toMatchObject(refusal);
      await expect(stale.retire(ONE, act)).rejects.toMatchObject(refusal);
      await expect(stale.retire(undefined, act)).rejects.toMatchObject(refusal);
      await expect(stale.settle(act)).rejects.toMatchObject(refusal);
      await expect(rig.driver({ fence: 5 }).ready(ONE, act)).resolves.toBeUndefined();
    });

    test("a stopped target answers nobody, and activating what served brings it back", async () => {
      await deploy(ONE);
      const driver = rig.driver();
      if (!driver.stop) return;
      await driver.stop(act);
      await driver.stop(act);
      expect(await rig.answers()).toBeUndefined();
      await driver.activate(ONE, act);
      expect(await rig.answers()).toBe("one");
    });
  });
}
