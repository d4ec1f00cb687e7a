import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { killsHere, pointsHere } from "../rig/third.ts";
import { startClient, type StrictClient } from "./rig/strict-client.ts";
import type { Point } from "./rig/switch-killed.ts";
import { type Kind, openSwitchStack, type SwitchStack } from "./rig/switch-stack.ts";

const VERSIONS = ["v1", "v2", "sick3", "liar4"];
/** Some are always under way, and leave a processor to what switches. */
const USERS = { kept: 8, fresh: 4, pauseMs: 5 };
const PORTS: Record<Kind, number> = { nginx: 21_510, haproxy: 21_511 };

let stack: SwitchStack | undefined;
let client: StrictClient | undefined;
afterEach(async () => {
  await client?.stop();
  await stack?.[Symbol.asyncDispose]();
  client = stack = undefined;
});

async function more(than: number): Promise<void> {
  const from = client?.sent() ?? 0;
  await vi.waitFor(() => expect(client?.sent()).toBeGreaterThan(from + than), {
    timeout: 180_000,
    interval: 20,
  });
}

test.each([
  ["nginx", "v2"],
  ["haproxy", "v2"],
  ["nginx", "v1"],
] as const)(
  "behind %s (compose %s) no request fails on deploy and on rollback, and with compose up alone some do",
  { timeout: 600_000 },
  async (kind, compose) => {
    stack = await openSwitchStack({
      name: `h2${kind}`,
      kind,
      port: PORTS[kind],
      versions: VERSIONS,
      compose,
    });
    await stack.activate("v1");
    await vi.waitFor(async () => expect((await fetch(stack?.url ?? "")).status).toBe(200), {
      timeout: 20_000,
      interval: 50,
    });
    client = startClient(stack.url, USERS);
    await more(1_000);

    await stack.activate("v2");
    expect(await stack.containers()).toEqual([expect.stringContaining("v2 running")]);
    await more(1_000);
    await expect(stack.activate("sick3")).rejects.toMatchObject({
      failure: { code: "release-never-healthy" },
    });
    expect(await stack.containers()).toEqual([
      expect.stringContaining("v2 running"),
      expect.stringContaining("sick3 exited"),
    ]);
    await expect(stack.activate("liar4")).rejects.toMatchObject({
      failure: { code: "release-wrong-identity" },
    });
    await stack.activate("v2");
    await stack.activate("v1");
    expect(await stack.containers()).toEqual([expect.stringContaining("v1 running")]);
    await more(1_000);

    const [sent, lost] = [client.sent(), [...client.lost]];
    process.stdout.write(
      `${kind}: ${sent} requests, ${lost.length} lost, the slowest took ${Math.round(client.slowestMs())} ms, ${JSON.stringify(Object.fromEntries(client.seen))}\n${stack.said.join("\n")}\n`,
    );
    expect(lost).toEqual([]);
    // Nobody met the sick one, or waited for one that was gone.
    expect([...client.seen.keys()].toSorted()).toEqual(["v1", "v2"]);
    // Far more than a machine with much to do takes, and less than a proxy waits for one that is gone.
    expect(client.slowestMs()).toBeLessThan(20_000);
    expect(sent).toBeGreaterThanOrEqual(5_000);

    await stack.compose("v2", "up", "-d", "--no-build");
    await more(500);
    process.stdout.write(
      `compose up alone: ${client.sent() - sent} requests, ${client.lost.length} lost\n`,
    );
    expect(client.lost.length).toBeGreaterThan(0);
  },
);

/** Activates in a process that kills itself at a point; whether there was one. */
async function killed(on: SwitchStack, version: string, point: Point): Promise<string | undefined> {
  const program = path.resolve(import.meta.dirname, "rig/switch-killed.ts");
  const given = JSON.stringify({ place: on.place, version, point });
  const child = spawn(process.execPath, [program, given], { stdio: ["ignore", "pipe", "inherit"] });
  let where = "";
  child.stdout.on("data", (chunk) => (where += String(chunk)));
  const [code, signal] = await once(child, "close");
  if (signal === "SIGKILL") return where.trim();
  expect(code, where).toBe(0);
  return undefined;
}

const WHEN = ["before", "during", "after"] as const;
/**
 * Each command that changes something, cut in one of three ways, so that each third of them has all three; every way at
 * each of them takes three times as long.
 */
const POINTS = Array.from({ length: 14 }, (_, at): Point => ({
  number: at + 1,
  at: WHEN[(at + Math.floor(at / 3)) % WHEN.length] ?? "before",
}));

test.each<Kind>(["nginx", "haproxy"])(
  "behind %s whoever is killed in a switch and called again, for the same release or the one before, ends with one release, and no request fails",
  { timeout: 1_200_000 },
  async (kind) => {
    const name = `h2kill${kind}`;
    stack = await openSwitchStack({ name, kind, port: PORTS[kind] + 10, versions: ["v1", "v2"] });
    await stack.activate("v1");
    await vi.waitFor(async () => expect((await fetch(stack?.url ?? "")).status).toBe(200), {
      timeout: 20_000,
      interval: 50,
    });
    client = startClient(stack.url, { kept: 2, fresh: 1, pauseMs: 10 });
    let [now, other] = ["v1", "v2"];
    let points = 0;
    for (const point of pointsHere(POINTS)) {
      const where = await killed(stack, other, point);
      if (where === undefined) {
        [now, other] = [other, now];
        break;
      }
      points++;
      // Going on and going back in turn.
      if (points % 2 === 0) [now, other] = [other, now];
      await stack.activate(now);
      process.stdout.write(`${where}: on to ${now}\n`);
      expect(await stack.containers(), where).toEqual([expect.stringContaining(`${now} running`)]);
      expect(client.lost, where).toEqual([]);
    }
    process.stdout.write(
      `${kind}: killed at ${points} points, ${client.sent()} requests, ${client.lost.length} lost, the slowest took ${Math.round(client.slowestMs())} ms\n`,
    );
    expect(points).toBeGreaterThanOrEqual(killsHere(6));
  },
);
