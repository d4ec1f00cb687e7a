/** Driver `systemd` on two real hosts, signed in as a user with sudo, keeps what every driver promises. */
import { afterAll, beforeAll } from "vitest";
import { keepsTheDriverContract } from "../contracts/driver.contract.ts";
import { startHosts, type LabHosts } from "./rig/hosts.ts";
import { openSystemdTarget } from "./rig/systemd-target.ts";

let hosts: LabHosts;
let count = 0;

beforeAll(async () => {
  hosts = await startHosts({ prefix: "sws-c", count: 2 });
});
afterAll(async () => {
  await hosts[Symbol.asyncDispose]();
});

keepsTheDriverContract("systemd", async () => {
  // A name of its own for each: journals stay when everything else is gone.
  count++;
  const target = openSystemdTarget({ hosts, name: `contract${count}`, port: 22_000 + count });
  return {
    driver: (options) => target.driver(options),
    act: () => target.act(20_000),
    source: (says) => target.source(says),
    answers: async () => {
      const [first, ...others] = await target.versions();
      return others.every((each) => each === first) ? first : "differing";
    },
    [Symbol.asyncDispose]: () => target[Symbol.asyncDispose](),
  };
});
