/** Hosts looked at before anything is touched: each of them has its own trouble. */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Hosts } from "../../src/ports/host.ts";
import { preflight } from "../../src/steps/preflight/index.ts";
import { fakeWork } from "../rig/fake-work.ts";
import { makeProject } from "../rig/project.ts";
import { startHosts, type LabHost, type LabHosts } from "./rig/hosts.ts";
import { openLink } from "./rig/link.ts";
import { reachHosts, type LabReach } from "./rig/open-hosts.ts";

let all: LabHosts;
let reach: LabReach;
let [good, off, narrow]: LabHost[] = [];
const URL_OF = "postgres://erp:so-secret@127.0.0.1:5432/erp";

/** Everything with a password, one command without. */
const NARROW = `deploy ALL=(ALL) ALL
deploy ALL=(root) NOPASSWD: /usr/bin/systemctl restart hub.service
`;
const DATABASE = `set -e
pg_createcluster 15 main --start >/dev/null
su postgres -c "psql -qc \\"create role erp login password 'so-secret'\\" -c 'create database erp owner erp'"`;

beforeAll(async () => {
  all = await startHosts({ prefix: "swp-pre", count: 3, disk: "64m", docker: true });
  [good, off, narrow] = all.hosts as [LabHost, LabHost, LabHost];
  await Promise.all([
    good.exec(["bash", "-c", DATABASE]),
    off.fillDisk(1_000_000).then(() => off?.clockOffBy(3600)),
    narrow.put(NARROW, "/etc/sudoers.d/deploy", "440"),
    ...all.hosts.map((host) => host.exec(["chown", "deploy:", "/srv"])),
  ]);
  reach = reachHosts(all.hosts, { secrets: ["so-secret", URL_OF] });
});
afterAll(async () => {
  await reach[Symbol.asyncDispose]();
  await all[Symbol.asyncDispose]();
});

async function check(checks: readonly object[], hosts: Hosts) {
  await using fake = await fakeWork(preflight, {
    spec: { checks, hosts: "all" },
    hosts,
    secrets: { URL_OF },
  });
  const result = await preflight.run({ ...fake.work, timeoutMs: 120_000 });
  return { result, table: fake.kept.get("preflight.txt") ?? "" };
}

/** The row of a check: its cells by host. */
function row(table: string, name: string): readonly string[] {
  const line = table.split("\n").find((each) => each.startsWith(`${name}  `)) ?? "";
  return line.slice(name.length).trim().split(/ {2,}/);
}

const SUDO = [
  ["systemctl", "restart", "hub.service"],
  ["systemctl", "daemon-reload"],
];

test("all trouble of all hosts stands in one table, each with what to do", async () => {
  const { result, table } = await check(
    [
      { clock: "2m" },
      { disk: "10MB", at: "/srv" },
      { memory: "1KB" },
      { tool: "rsync", version: ">=3" },
      { sudo: SUDO },
      { docker: ">=20" },
      { compose: ">=2" },
      { database: URL_OF },
      { port_free: 5432 },
      { writable: "/srv" },
      { file: "/etc/os-release", contains: "bookworm" },
      { url: "http://127.0.0.1:1/" },
    ],
    reach.hosts,
  );

  expect(table.split("\n")[0]).toMatch(/^CHECK +swp-pre1 +swp-pre2 +swp-pre3$/);
  expect(row(table, "reachable")).toEqual(["Debian 12", "Debian 12", "Debian 12"]);
  expect(row(table, "clock within 2 m")[1]).toMatch(/^NO (?:1 h|59 m|1 h \d m).* ?ahead$/);
  expect(row(table, "disk 10 MB at /srv")[1]).toMatch(/^NO 9\d\d KB free$/);
  expect(row(table, "rsync >=3")[0]).toMatch(/^3\.\d/);
  expect(row(table, "sudo systemctl")).toEqual([
    "2 of 2",
    "2 of 2",
    expect.stringMatching(/^NO refused: systemctl daem/),
  ]);
  expect(row(table, "docker >=20")[2]).toMatch(/^\d\d\./);
  expect(row(table, "compose >=2")[2]).toMatch(/^2\./);
  expect(row(table, "database 127.0.0.1/erp")).toEqual([
    expect.stringMatching(/^PostgreSQL 15\./),
    "NO Connection refused",
    "NO Connection refused",
  ]);
  expect(row(table, "port 5432 free")).toEqual(["NO something listens there", "free", "free"]);
  expect(row(table, "/srv writable")).toEqual(["yes", "yes", "yes"]);
  expect(row(table, "http://127.0.0.1:1/ answers")[0]).toMatch(/^NO curl: \(7\)/);
  expect(table.replace(/\s+/g, " ")).toContain(
    "swp-pre3: refused: systemctl daemon-reload. As root: visudo -f /etc/sudoers.d/deploy, and write: deploy ALL=(root) NOPASSWD: /usr/bin/systemctl daemon-reload",
  );
  expect(result).toMatchObject({ outcome: "failed", failure: { code: "preflight-refused" } });
  expect(JSON.stringify([result, table])).not.toContain("so-secret");
});

test("a wrong password of a database is a no, and what was mended is a yes", async () => {
  await narrow?.put("deploy ALL=(ALL) NOPASSWD: ALL\n", "/etc/sudoers.d/deploy", "440");
  await off?.freeDisk();
  await using again = reachHosts(all.hosts, { secrets: ["so-secret"] });
  const { table } = await check(
    [
      { database: URL_OF.replace("so-secret", "another"), hosts: ["swp-pre1"] },
      { sudo: SUDO },
      { disk: "10MB", at: "/srv" },
    ],
    again.hosts,
  );

  expect(row(table, "database 127.0.0.1/erp").slice(1, 3)).toEqual(["–", "–"]);
  expect(table).toMatch(/NO password authentication/);
  expect(row(table, "sudo systemctl")).toEqual(["2 of 2", "2 of 2", "2 of 2"]);
  expect(row(table, "disk 10 MB at /srv")).toEqual(Array(3).fill("67 MB free"));
});

test("a host that can't be reached is asked nothing and is explained once; the others answer", async () => {
  if (good === undefined) throw new Error("no host");
  await using link = await openLink(good);
  await link.refuse();
  await using cut = reachHosts(all.hosts, { ways: { "swp-pre1": link } });
  const { table, result } = await check([{ clock: "2h" }, { memory: "1KB" }], cut.hosts);

  expect(row(table, "reachable").slice(0, 3)).toEqual(["NO unreachable", "Debian 12", "Debian 12"]);
  expect(row(table, "clock within 2 h")[0]).toBe("–");
  expect(table.match(/can't\s+be\s+reached/g)).toHaveLength(1);
  expect(result.summary).toBe("1 of 3 hosts can't be reached");
});

test("the doctor says of each host what to type", async () => {
  if (good === undefined) throw new Error("no host");
  await using link = await openLink(good);
  await link.refuse();
  await using cut = reachHosts(all.hosts, { ways: { "swp-pre1": link } });
  await off?.clockOffBy(0);
  await narrow?.put("deploy ALL=(ALL) ALL\n", "/etc/sudoers.d/deploy", "440");
  await using project = makeProject({
    "seaworthy.yaml": projectText(cut),
    known_hosts: await readFile(cut.knownHosts, "utf8"),
  });
  const { out, exit } = await project.seaworthy(["doctor", "--host", "all"]);

  expect(exit).toBe(3);
  expect(row(out, "reachable")).toEqual(["NO unreachable", "Debian 12", "Debian 12"]);
  expect(row(out, "rsync >=3")).toEqual(["–", "3.2.7", "3.2.7"]);
  expect(out).toMatch(/^✗ swp-pre1: reachable: unreachable\n {4}fix: .*seaworthy hosts list/m);
  expect(out).toMatch(
    /^✗ swp-pre3: sudo systemctl: .*\n {4}fix: As root: visudo -f \/etc\/sudoers\.d\/deploy/m,
  );

  const one = await project.seaworthy(["doctor", "--host", "swp-pre2", "--json"]);
  expect(one.exit).toBe(0);
  expect(JSON.parse(one.out)).toMatchObject({ hosts: [{ host: "swp-pre2" }] });
  const none = await project.seaworthy(["doctor", "--host", "app9"]);
  expect(none.err).toContain('no host "app9"');
  expect((await project.seaworthy(["doctor"])).out).toMatch(/✓ ssh: \/.*\n✓ rsync/);
});

function projectText({ specs }: LabReach): string {
  const hosts = specs.map(
    ({ name, address, port, user, key }) =>
      `      ${name}: { address: ${address}, port: ${port}, user: ${user}, key: ${key} }`,
  );
  return `version: 1
project: erp
targets:
  hub: { driver: systemd, units: { hub: { command: [/bin/true] } } }
environments:
  staging:
    known_hosts: known_hosts
    hosts:
${hosts.join("\n")}
plans:
  look:
    steps:
      - preflight: [{ disk: 1KB }]
`;
}
