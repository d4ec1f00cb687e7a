/** Links that break and deployers that are killed: what a release installs and starts happens once, on real hosts. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { JsonObject } from "../../src/model/json.ts";
import { pointsHere } from "../rig/third.ts";
import { startHosts, type LabHost, type LabHosts } from "./rig/hosts.ts";
import { openLink } from "./rig/link.ts";
import { openSystemdTarget, type SystemdTarget } from "./rig/systemd-target.ts";

let lab: LabHosts;
let host: LabHost;
let count = 0;
let target: SystemdTarget;
let name: string;
let port: number;

// Each run of it leaves a line, outside of all that is thrown away.
const install = [["sh", "-c", 'echo "$RELEASE" >>"$DATA/installed.txt"; sleep 0.5']];
const options: JsonObject = { install, settle_for: "500ms" };

beforeAll(async () => {
  lab = await startHosts({ prefix: "sws-k", count: 1 });
  const [only] = lab.hosts;
  if (!only) throw new Error("a host");
  host = only;
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});
beforeEach(() => {
  count++;
  name = `cut${count}`;
  port = 22_400 + count;
  target = openSystemdTarget({ hosts: lab, name, port, options });
});
afterEach(async () => {
  await target[Symbol.asyncDispose]();
});

/** First words of the lines of a file of what outlives releases. */
async function lines(file: string): Promise<readonly string[]> {
  const at = `${target.root}/shared/${file}`;
  const text = await host.exec(["sh", "-c", `cat ${at} 2>/dev/null; :`]);
  return text.split("\n").flatMap((line) => (line === "" ? [] : [line.split(" ")[0] ?? ""]));
}

async function counted() {
  return { installed: await lines("installed.txt"), started: await lines("started.txt") };
}

test("a link that is cut again and again runs nothing twice", async () => {
  const link = await openLink(host);
  const driver = target.driver({ ways: { [host.name]: link } });
  await target.deploy("one", driver);
  // By what has passed, not by the clock: a busy machine gets as far between two cuts as an idle one.
  void (async () => {
    for (const bytes of [2_000, 9_000, 12_000, 15_000, 11_000, 14_000]) await link.cutAfter(bytes);
  })();
  await target.deploy("two", driver);
  await driver.activate({ id: "one+1", name: "one" }, target.act());
  await link[Symbol.asyncDispose]();

  expect(await counted()).toEqual({
    installed: ["one+1", "two+1"],
    started: ["one", "two", "one"],
  });
  expect(link.connections).toBeGreaterThan(2);
});

test("a deployer that is killed wherever it is leaves a target that the next one brings to the same end", async () => {
  const child = fileURLToPath(new URL("./rig/systemd-child.ts", import.meta.url));
  await target.deploy("r0");
  const wanted = ["r0"];
  for (const turn of pointsHere([1, 2, 3, 4, 5, 6, 7, 8])) {
    const says = `r${turn}`;
    const given = { hosts: lab, name, port, options, folder: target.folder, says };
    const killed = spawn(process.execPath, [child, JSON.stringify(given)], { stdio: "ignore" });
    const over = once(killed, "exit");
    setTimeout(() => killed.kill("SIGKILL"), 400 + turn * 350);
    await over;
    await target.deploy(says);
    wanted.push(says);
    expect((await target.versions())[0], `after ${says}`).toBe(says);
  }
  const { installed, started } = await counted();
  expect(started).toEqual(wanted);
  expect(installed).toEqual(wanted.map((says) => `${says}+1`));
});

test("a machine that boots in the middle has the release in the end, started by its own boot or by us", async () => {
  await target.deploy("one");
  const driver = target.driver();
  const two = { id: "two+1", name: "two" };
  await driver.stage(two, await target.source("two"), target.act());
  const [activated] = await Promise.allSettled([
    driver.activate(two, target.act()),
    new Promise((resolve) => void setTimeout(resolve, 400)).then(() => host.powerCut()),
  ]);
  if (activated.status === "rejected") await driver.activate(two, target.act());
  expect((await target.versions())[0]).toBe("two");
  expect(await driver.current(target.act())).toEqual(two);
});
