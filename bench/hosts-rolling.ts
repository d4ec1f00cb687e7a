/**
 * Five hosts behind HAProxy get a new release one after the other while people ask: none of their requests may fail. systemd
 * holds each host's port while its unit restarts. Needs the lab: `npm run lab`.
 */
import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { laidOut } from "../scripts/pack.ts";
import { startHosts, type LabHost } from "../test/lab/rig/hosts.ts";
import { openProject } from "./hosts/project.ts";
import { makeReleases, PORTS } from "./hosts/yard.ts";
import type { Count, Order } from "./load.ts";
import { ms, show } from "./rig.ts";

const LEAST = 10_000;
const TAGS = ["v1", "v2"] as const;

const router = (hosts: readonly LabHost[]): string => `defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend people
  bind :80
  default_backend hosts
backend hosts
  balance roundrobin
${hosts.map(({ name, address }) => `  server ${name} ${address}:${PORTS.seaworthy} check inter 500ms`).join("\n")}
`;

/** Asks until it is told to stop and has asked at least so often; what it counted. */
function ask(order: Order): { stop(): Promise<Count> } {
  const child = fork(fileURLToPath(new URL("load.ts", import.meta.url)));
  const sofar = { asked: 0 };
  const counted = new Promise<Count>((resolve, reject) => {
    child.on("message", (said: number | Count) => {
      if (typeof said === "number") sofar.asked = said;
      else resolve(said);
    });
    child.on("error", reject);
    child.on("exit", () => reject(new Error("the load ended without a count")));
  });
  child.send(order);
  return {
    async stop() {
      const began = performance.now();
      // oxlint-disable-next-line no-unmodified-loop-condition -- the child's messages change it
      while (sofar.asked < LEAST && performance.now() - began < order.deadlineMs)
        await new Promise((resolve) => setTimeout(resolve, 100));
      if (child.connected) child.send("stop");
      return counted;
    },
  };
}

const folder = mkdtempSync(join(tmpdir(), "seaworthy-bench-"));
try {
  using laid = laidOut();
  await using lab = await startHosts({ prefix: "swl-roll", count: 6 });
  const [front, ...hosts] = lab.hosts as [LabHost, ...LabHost[]];
  makeReleases(folder, TAGS);
  const ours = openProject(folder, laid.bin, lab, {
    environments: { staging: hosts },
    target: { serve: "socket", rollout: { at_once: 1 } },
  });
  await ours.deploy("staging", TAGS[0]);
  await front.put(router(hosts), "/etc/haproxy/haproxy.cfg");
  await front.exec(["systemctl", "restart", "haproxy"]);
  const load = ask({
    base: `http://${front.address}`,
    cookie: "",
    connections: 16,
    atMost: 1_000_000,
    deadlineMs: 300_000,
  });
  const took = await ours.deploy("staging", TAGS[1]);
  const count = await load.stop();
  show({ what: "5 hosts, one after the other", figure: ms(took) });
  const seen = TAGS.map((tag) => `${tag} ${count.releases[tag] ?? 0}`).join(", ");
  show({
    what: `requests that failed, of ${count.asked} (${seen})`,
    figure: String(count.failed),
    bound: `0 of ≥ ${LEAST}`,
    isGood:
      count.failed === 0 && count.asked >= LEAST && TAGS.every((tag) => count.releases[tag] ?? 0),
  });
  for (const [what, times] of Object.entries(count.failures)) console.log(`    ${times} × ${what}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
