import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { makeGatedShop } from "../rig/gated-shop.ts";
import { CAN_SEE_PROCESSES, orphansOf } from "../rig/processes.ts";
import { follow, launch } from "../rig/sailing.ts";

const LAUNCHER = fileURLToPath(new URL("../../bin/seaworthy.cjs", import.meta.url));
const PLACES = ["/usr/bin/node", "/usr/local/bin/node", "/bin/node"];

/** A Node that is too old for Seaworthy, when this machine has one. */
const older = PLACES.find((place) => {
  try {
    const version = execFileSync(place, ["--version"], { encoding: "utf8" });
    return Number(/^v(\d+)/.exec(version)?.[1] ?? 24) < 24;
  } catch {
    return false;
  }
});

const SIGNALS: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];

describe.skipIf(older === undefined || !CAN_SEE_PROCESSES)(
  "started by an older Node (skipped where this machine has none)",
  () => {
    test.each(SIGNALS)("%s to the launcher stops the run once, at a safe point", async (signal) => {
      await using shop = await makeGatedShop();
      shop.close("first");
      const words = ["run", "deploy", ...shop.inputs("v3")];
      const { folder, env } = shop;
      await using run = follow(launch([older ?? "", LAUNCHER, ...words], { folder, env }));
      await shop.reached("first", run);
      run.signal(signal);
      await run.says("stopping at the next safe point");
      shop.open("first");
      const left = await run.ended;
      expect(left.exit, left.err).toBe(130);
      expect(left.err).not.toContain("left at once");
      expect(left.err.split("stopping at the next safe point")).toHaveLength(2);
      expect(orphansOf(folder)).toEqual([]);
      const status = await shop.seaworthy(["status"]);
      expect(status.out).toContain("seaworthy resume 1");
    });

    test("the exit code is that of the command", async () => {
      await using shop = await makeGatedShop();
      const { folder } = shop;
      await using run = follow(launch([older ?? "", LAUNCHER, "help", "nothing"], { folder }));
      expect((await run.ended).exit).toBe(2);
    });
  },
);
