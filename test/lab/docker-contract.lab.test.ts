/** Driver `docker` on a real host over ssh, signed in as a user of the group docker, keeps what every driver promises. */
import { afterAll, beforeAll } from "vitest";
import { keepsTheDriverContract } from "../contracts/driver.contract.ts";
import { openDockerTarget, versionAt } from "./rig/docker-target.ts";
import { type LabHost, type LabHosts, startHosts } from "./rig/hosts.ts";
import { reachHosts } from "./rig/open-hosts.ts";

let hosts: LabHosts;
let host: LabHost;

beforeAll(async () => {
  hosts = await startHosts({ prefix: "swd-c", count: 1, docker: "own" });
  host = hosts.hosts[0]!;
});
afterAll(async () => {
  await hosts[Symbol.asyncDispose]();
});

const PORT = 22_510;

keepsTheDriverContract("docker over ssh", async () => {
  const reach = reachHosts(hosts.hosts);
  const target = await openDockerTarget({
    name: "swd-far",
    hosts: reach.hosts,
    containers: {
      web: {
        build: true,
        ports: [`${PORT}:8000`],
        ready: { get: "/", port: 8000 },
        stop_timeout: "3s",
      },
    },
  });
  return {
    driver: (options) => target.driver(options),
    act: () => target.act(30_000),
    source: (says) => target.source(says),
    answers: () => versionAt(`http://${host.address}:${PORT}/`),
    leavesFailedRelease: true,
    async [Symbol.asyncDispose]() {
      await reach[Symbol.asyncDispose]();
      await target[Symbol.asyncDispose]();
      await host.exec(["sh", "-c", EMPTY]);
    },
  };
});

/** Images stay: what a host has of layers is not streamed again. */
const EMPTY = `docker ps -aq | xargs -r docker rm -f >/dev/null; rm -rf /home/deploy/.seaworthy/docker`;
