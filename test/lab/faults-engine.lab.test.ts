import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openFaultShop, stack, web } from "./rig/fault-shop.ts";
import { openSecondEngine, type SecondEngine } from "./rig/second-engine.ts";

// An engine that is stopped in the middle of a deploy, with all its containers, as an update of its package does.
const ROLLED_BACK = 4;
const LOCKED = 5;
const PORT = 25_530;
let engine: SecondEngine;

beforeAll(async () => {
  engine = await openSecondEngine();
  engine.give("lab/busybox:1");
});
afterAll(async () => {
  await engine[Symbol.asyncDispose]();
});

/** Answers so many seconds after it was started. */
const after = (seconds: number) =>
  stack(
    web(PORT, "    restart: unless-stopped\n")
      .replace("mkdir -p", `sleep ${seconds}; mkdir -p`)
      .replace("retries: 2", "retries: 60"),
  );

const neverWell = stack(web(PORT).replace("8080/version", "9/"));

function open(name: string, within: string) {
  // Its ports are in a network of their own, where nobody can ask for the release's name.
  return openFaultShop({ name, port: PORT, target: `    engine: ${engine.address}\n`, within });
}

/** Each container and the release that it is of. */
function standing(): readonly string[] {
  const format = '{{.State}} {{.Label "seaworthy.release"}}';
  const lines = engine.docker("ps", "-a", "--format", format).split("\n").filter(Boolean);
  return lines.map((line) => line.replace(/\+.*/, ""));
}

async function until(line: string): Promise<void> {
  while (!standing().includes(line)) await sleep(50);
}

async function restart(): Promise<void> {
  await engine.stop();
  await engine.start();
}

function clear(): void {
  const ids = engine.docker("ps", "-aq").split("\n").filter(Boolean);
  if (ids.length > 0) engine.docker("rm", "-f", ...ids);
}

test("restarted in a deploy, and again while it goes back: both are brought to their end", async () => {
  await using shop = open("w2again", "60s");
  shop.tag("v1", after(3));
  shop.tag("v2", after(4));
  shop.tag("v3", neverWell);
  expect((await shop.deploy("v1")).exit).toBe(0);

  const second = shop.deploy("v2");
  await until("running v2");
  await restart();
  const said = await second;

  expect(said.exit, said.out + said.err).toBe(0);
  expect(said.err).toContain("the engine answers again: going on");
  expect(standing()).toEqual(["running v2"]);

  const third = shop.deploy("v3");
  await until("running v3");
  await until("running v2");
  await restart();
  const back = await third;

  expect(back.exit, back.out + back.err).toBe(ROLLED_BACK);
  expect(back.err).toContain("the engine answers again: going on");
  expect(back.out).toContain("web: its health check fails");
  expect(standing()).toEqual(["running v2"]);
  clear();
});

test("stopped in a deploy, and not there for the way back: said, and resume ends it whole", async () => {
  await using shop = open("w2away", "8s");
  shop.tag("v1", after(0));
  shop.tag("v2", after(60));
  expect((await shop.deploy("v1")).exit).toBe(0);

  const second = shop.deploy("v2");
  await until("running v2");
  await engine.stop();
  const said = await second;

  expect(said.exit, said.out).toBe(LOCKED);
  expect(said.out).toContain("The Docker engine does not answer.");
  expect(said.out).toMatch(/fix: Start it .*systemctl start docker/);
  expect(said.out).toMatch(/next +seaworthy resume 2/);
  await engine.start();
  const resumed = await shop.seaworthy(["resume"]);
  expect(resumed.exit, resumed.out + resumed.err).toBe(ROLLED_BACK);
  expect(standing()).toEqual(["running v1"]);
  expect((await shop.seaworthy(["status"])).out).toMatch(/stack: v1/);
  clear();
});
