/** What can go wrong on hosts in the middle of a run, met by the real command line: what a person is told, and what then stands on every host. */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Ended } from "../rig/killed.ts";
import { runAmid, until, type Deed } from "./rig/fault-hosts.ts";
import { startHosts, type LabHost, type LabHosts } from "./rig/hosts.ts";
import { type HostsShop, openHostsShop } from "./rig/hosts-shop.ts";
import { openLink, type Link } from "./rig/link.ts";

const BALLAST = 1_000_000;
const ODD = [
  "a b",
  `quo'te"s`,
  "new\nline",
  "-rf",
  "tab\there",
  "$(touch x)",
  "*",
  " lead",
  "ümläut",
];

let lab: LabHosts;
let shop: HostsShop;
let a: LabHost;
let b: LabHost;
let c: LabHost;
/** The way to `c`; the others are reached straight. */
let link: Link;
/** What is to serve everywhere after each test. */
let serves = "odd";

beforeAll(async () => {
  lab = await startHosts({ prefix: "swq-", count: 3, disk: "96m" });
  const [first, second, third] = lab.hosts;
  if (!first || !second || !third) throw new Error("three hosts");
  [a, b, c] = [first, second, third];
  link = await openLink(c);
  shop = await openHostsShop(lab, ["plain"], { ways: { [c.name]: link }, installSeconds: 2 });
  const text = shop.read("seaworthy.yaml");
  const writes = "head -c 2000000 /dev/zero >big && echo install";
  shop.write("seaworthy.yaml", text.replace("echo install", writes) + CAREFUL);
  tag("odd", Object.fromEntries(ODD.map((name) => [`odd/${name}`, `this is ${name}`])));
  const picky = `if (require("node:fs").existsSync("/var/tmp/broken")) { console.error("no database, said the application"); process.exit(3); }\n`;
  const server = shop.read("app/server.js");
  tag("picky", { "server.js": picky + server });
  tag("heavy", { "server.js": server, ballast: noise(BALLAST) });
  for (const name of ["t1", "t2", "t3", "t4", "t5", "t6", "t7"]) tag(name, { tag: name });
  await b.clockOffBy(3_600);
  const { code, output } = await deploy("odd");
  if (code !== 0) throw new Error(output);
}, 300_000);
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
  await link[Symbol.asyncDispose]();
  await lab[Symbol.asyncDispose]();
}, 240_000);
afterEach(async () => {
  expect(await shop.notWhole(serves)).toEqual([]);
});

const CAREFUL = `  careful:
    steps:
      - preflight:
          hosts: all
          checks:
            - { clock: 2s }
            - { sudo: [[systemctl, daemon-reload]] }
            - { disk: 10MB, at: /srv }
      - checkout: { tag: "\${TAG}", repo: app }
      - deploy: web
`;

/** Commits these files and tags them. */
function tag(name: string, files: Readonly<Record<string, string>>): void {
  for (const [file, text] of Object.entries(files)) shop.write(`app/${file}`, text);
  git("add", "--all");
  git("commit", "--quiet", "--message", name);
  git("tag", name);
}

function git(...words: readonly string[]): void {
  const who = ["-c", "user.name=ana", "-c", "user.email=ana@shop.example"];
  execFileSync("git", [...who, ...words], { cwd: path.join(shop.folder, "app"), stdio: "ignore" });
}

function deploy(name: string, deeds: readonly Deed[] = [], check = "true"): Promise<Ended> {
  return runAmid(shop, shop.deploy(name, check), deeds);
}

/** What was done more often than before. */
async function since(before: Readonly<Record<string, number>>) {
  const now = await shop.counted();
  const more = Object.entries(now).map(([act, times]) => [act, times - (before[act] ?? 0)]);
  return Object.fromEntries(more.filter(([, times]) => times !== 0));
}

/** Once the installation has begun on that host. */
const installing = (host: LabHost, deed: () => Promise<unknown>): Deed => ({
  at: "running sh -c",
  deed: async () => {
    await until(`${host.name} installs`, async () =>
      (await host.exec(["ps", "-eo", "args"])).includes("echo install"),
    );
    await deed();
  },
});

async function newestRun(): Promise<string> {
  const { out } = await shop.seaworthy(["history", "--json"]);
  const { runs } = JSON.parse(out) as { readonly runs: readonly { readonly id: string }[] };
  return String(Math.max(...runs.map(({ id }) => Number(id))));
}

const sh = (host: LabHost, script: string) => host.exec(["sh", "-c", script]);

test("a clock that is an hour off harms nothing, and files keep their names, whatever they are called", async () => {
  const list = `cd /srv/shop/web/current/odd && find . -type f -print0 | sort -z | xargs -0 sha256sum -z --`;
  for (const host of lab.hosts)
    expect(namesIn(await sh(host, list)), host.name).toEqual(
      ODD.map((name) => `./${name}`).toSorted(),
    );
  expect(await sh(b, "cat '/srv/shop/web/current/odd/new\nline'")).toBe("this is new\nline");
  const before = await shop.counted();
  // Taken back, on a host whose clock is not ours.
  const { code, output } = await deploy("plain", [], "false");
  expect(code, output).toBe(4);
  expect((await since(before))[`start odd @${b.name}`]).toBe(1);
  await b.clockOffBy(0);
});

test("half of the hosts fail: all come back, and each that failed is named with the application's words", async () => {
  for (const host of [b, c]) await sh(host, "touch /var/tmp/broken");
  const before = await shop.counted();
  const { code, output } = await deploy("picky");
  for (const host of [b, c]) await sh(host, "rm /var/tmp/broken");
  expect(code, output).toBe(4);
  expect(output).toMatch(/failed on swq-2, swq-3; it is done on swq-1/);
  expect(output).toContain("no database, said the application");
  expect(await since(before)).toMatchObject(
    Object.fromEntries(lab.hosts.map(({ name }) => [`start odd @${name}`, 1])),
  );
});

test("a host that lets nobody in any more when it is to go back: told which one, and the lock stays until resume has ended it", async () => {
  const before = await shop.counted();
  const keys = "/home/deploy/.ssh/authorized_keys";
  const gone: Deed = {
    at: "· up: taking back …",
    deed: async () => {
      await sh(c, `mv ${keys} ${keys}.away`);
      link.cut();
    },
  };
  const { code, output } = await deploy("t1", [gone], "false");
  expect(code, output).toBe(5);
  expect(output).toMatch(/failed on swq-3; it is done on swq-1, swq-2/);
  expect(output).toContain("does not let us in");
  expect(output).toContain("lab is locked and needs a person");
  expect(await shop.notWhole("odd")).toContain(`${c.name} answers t1`);
  const other = await deploy("t2");
  expect([other.code, other.output]).toEqual([10, expect.stringContaining("resume")]);
  await sh(c, `mv ${keys}.away ${keys}`);
  const back = await runAmid(shop, ["resume", await newestRun()]);
  expect(back.code, back.output).toBe(4);
  expect(await since(before)).toMatchObject({
    ...Object.fromEntries(lab.hosts.map(({ name }) => [`start odd @${name}`, 1])),
    [`undo-migrate t1 @${a.name}`]: 1,
  });
  expect((await shop.seaworthy(["status"])).out).not.toContain("locked");
});

describe("a host that boots", () => {
  test("while it installs: told, and nothing has changed anywhere", async () => {
    const before = await shop.counted();
    const { code, output } = await deploy("t2", [installing(b, () => b.powerCut())]);
    expect(code, output).toBe(4);
    expect(output).toMatch(/failed on swq-2; it is done on swq-1, swq-3/);
    expect(output).toContain("booted anew while it ran");
    expect(output).toContain("fix: Deploy again: the release's folder there is made anew");
    const done = await since(before);
    expect(done[`install t2 @${b.name}`] ?? 0).toBe(0);
  });

  test("while its unit is restarted: every host has the release in the end", async () => {
    const boot: Deed = { at: `${b.name}: restarted`, deed: () => b.powerCut() };
    const { code, output } = await deploy("t2", [boot]);
    expect(code, output).toBe(0);
    serves = "t2";
  });
});

describe("a full disk", () => {
  test("is told before anything is sent there, with what is needed and what is free", async () => {
    await c.fillDisk(200_000);
    try {
      const { code, output } = await deploy("heavy");
      expect(code, output).toBe(4);
      expect(output).toMatch(/On swq-3, .* needs .* are free there/);
      expect(output).toContain("Make room on that disk");
    } finally {
      await c.freeDisk();
    }
    expect(await sh(c, "ls /srv/shop/web/releases")).not.toMatch(/heavy/);
  });

  test("in the midst of an installation is told in the command's own words, and leaves nothing", async () => {
    const full = installing(c, () => c.fillDisk());
    const { code, output } = await deploy("t3", [full]);
    await c.freeDisk();
    expect(code, output).toBe(4);
    expect(output).toContain("failed on swq-3");
    expect(output).toContain("No space left on device");
    expect(await sh(c, "ls /srv/shop/web/releases")).not.toMatch(/t3/);
  });

  test("when the release is to be switched on leaves the one before, or gives it back", async () => {
    const full: Deed = { at: "✓ migrate", deed: () => c.fillDisk() };
    const { code, output } = await deploy("t4", [full]);
    const wrong = await shop.notWhole(serves);
    await c.freeDisk();
    expect([code, wrong], output).toEqual([4, []]);
    expect(output).toContain("swq-3");
  });
});

test("receipts that somebody removes in the midst: nobody guesses, nothing is done twice", async () => {
  const before = await shop.counted();
  const removed = installing(b, () => sh(b, "rm -rf /home/deploy/.seaworthy/receipts"));
  const { code, output } = await deploy("t5", [removed]);
  expect(code, output).toBe(4);
  expect(output).toContain("somebody removed the receipts");
  expect(await since(before)).toMatchObject({ [`install t5 @${b.name}`]: 1 });
  const again = await deploy("t5");
  expect(again.code, again.output).toBe(0);
  serves = "t5";
});

describe("another host key", () => {
  test("before a run: refused, and no host was touched", async () => {
    const before = await shop.counted();
    await c.changeHostKey();
    const { code, output } = await deploy("t6");
    expect(code, output).toBe(4);
    expect(output).toContain("shows another host key than the enrolled one");
    expect(output).toContain(`seaworthy hosts enrol --env lab ${c.name} --replace`);
    expect(await since(before)).toEqual({});
    await enrol();
  });

  test("in the midst of a run: refused, locked, and enrolling and resuming ends it", async () => {
    const changed = installing(c, async () => {
      await c.changeHostKey();
      link.cut();
    });
    const { code, output } = await deploy("t6", [changed]);
    expect(code, output).toBe(5);
    expect(output).toContain("shows another host key than the enrolled one");
    expect(await shop.notWhole(serves)).toEqual([]);
    await enrol();
    const back = await runAmid(shop, ["resume", await newestRun()]);
    expect(back.code, back.output).toBe(4);
  });
});

describe("what is looked at before", () => {
  test("says no to a wrong clock and to missing rights side by side, with the line for sudoers, and nothing is changed", async () => {
    const before = await shop.counted();
    await b.clockOffBy(3_600);
    await c.put("deploy ALL=(root) NOPASSWD: /usr/bin/true\n", "/etc/sudoers.d/deploy", "440");
    const { code, output } = await runAmid(shop, ["run", "careful", "TAG=t6"]);
    await b.clockOffBy(0);
    expect(code, output).toBe(3);
    expect(output).toContain("1 h ahead");
    expect(output).toContain("deploy ALL=(root) NOPASSWD: /usr/bin/systemctl daemon-reload");
    expect(await since(before)).toEqual({});
  });

  test("without such a look missing rights are told before that host is touched", async () => {
    const { code, output } = await deploy("t6");
    await c.put("deploy ALL=(ALL) NOPASSWD:ALL\n", "/etc/sudoers.d/deploy", "440");
    expect(code, output).toBe(4);
    expect(output).toContain("On swq-3, sudo does not let us do: systemctl restart shop.service");
    expect(await sh(c, "ls /srv/shop/web/releases /etc/seaworthy/srv-shop-web")).not.toMatch(/t6/);
  });
});

// In CI a third of it, which is six times what a step may keep.
const [TURNS, LEAST_MB] = process.env["CI"] === undefined ? [6, 1_000] : [2, 350];

test("a gigabyte in the journal of its unit: the run goes on as ever, and keeps no more of it than it may", async () => {
  await sh(a, noiseOf(TURNS));
  const size = await sh(a, "du -sm /var/log/journal | cut -f 1");
  expect(Number(size)).toBeGreaterThan(LEAST_MB);
  const { code, output } = await deploy("t7", [], "false");
  expect(code, output).toBe(4);
  expect(output).toContain("evidence kept");
  const kept = path.join(shop.folder, ".seaworthy/runs", await newestRun());
  const sizes = readdirSync(kept).map((name) => statSync(path.join(kept, name)).size);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(KEEP_BYTES);
});

/** Of a step, when the plan does not say `keep`. */
const KEEP_BYTES = 64 * 1024 * 1024;

/** As if the application had said it all. */
const noiseOf = (turns: number) => `set -eu
at=$(find /sys/fs/cgroup -path '*shop.service/cgroup.procs' | head -n 1)
echo $$ >"$at"
# More than one connection may say in a while.
for turn in $(seq ${turns}); do head -c 200000000 /dev/urandom | base64 -w 40000 | systemd-cat -t server; done
journalctl --sync`;

/** Believes the key that `c` shows now. */
async function enrol(): Promise<void> {
  const { code, output } = await runAmid(shop, ["hosts", "enrol", c.name, "--replace", "--yes"]);
  expect(code, output).toBe(0);
}

/** Of what `sha256sum -z` says. */
function namesIn(text: string): readonly string[] {
  const lines = text.split("\0").filter(Boolean);
  return lines.map((line) => line.slice(66)).toSorted();
}

/** Bytes that no transfer makes smaller. */
function noise(bytes: number): string {
  return randomBytes(bytes).toString("hex").slice(0, bytes);
}
