/** The lab's own hosts and links: what other tests build their proofs on. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startHosts, type LabHost, type LabHosts } from "./rig/hosts.ts";
import { openLink } from "./rig/link.ts";

const run = promisify(execFile);

/** What a person's ssh would do: the system's client, pinned keys, no questions. */
function ssh(
  to: Pick<LabHost, "address" | "port" | "knownHostsFile">,
  ...command: readonly string[]
): Promise<{ readonly stdout: string }> {
  const options = {
    BatchMode: "yes",
    StrictHostKeyChecking: "yes",
    UserKnownHostsFile: to.knownHostsFile,
    ServerAliveInterval: "1",
    ServerAliveCountMax: "2",
    ConnectTimeout: "10",
  };
  const words = Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  const where = ["-F", "none", "-i", host.key, "-p", String(to.port), `deploy@${to.address}`];
  return run("ssh", [...words, ...where, ...command], { timeout: 60_000, maxBuffer: 1 << 26 });
}

let all: LabHosts;
let host: LabHost;

beforeAll(async () => {
  all = await startHosts({ prefix: "swl-lab", count: 2, disk: "8m", memory: "512m" });
  host = all.hosts[0] as LabHost;
});
afterAll(() => all[Symbol.asyncDispose]());

describe("a host", () => {
  test("lets in by key, runs units, and lets who deploys sudo", async () => {
    const asked = "sudo -n systemd-run --wait --quiet --pipe id -u; hostname; cat /proc/1/comm";
    expect((await ssh(host, asked)).stdout).toBe("0\nswl-lab1\nsystemd\n");
    expect((await ssh(all.hosts[1] as LabHost, "hostname")).stdout).toBe("swl-lab2\n");
  });

  test("hands a unit its credentials, whoever it runs as", async () => {
    const words = "sudo -n systemd-run --wait --quiet --pipe -p DynamicUser=yes";
    const asked = "-p LoadCredential=name:/etc/hostname sh -c 'cat $CREDENTIALS_DIRECTORY/name'";
    expect((await ssh(host, `${words} ${asked}`)).stdout).toBe("swl-lab1\n");
  });

  test.each([
    ["this machine's engine", true, "swl-docker1"],
    ["an engine of its own", "own", ""],
  ] as const)("has docker for who deploys, without sudo: %s", async (_, docker, sees) => {
    await using some = await startHosts({ prefix: "swl-docker", count: 1, docker });
    const asked = "docker compose version; docker ps -a --filter name=docker1 --format {{.Names}}";
    const key = ["-F", join(some.folder, "ssh_config"), "-o", "BatchMode=yes"];
    const { stdout } = await run("ssh", [...key, "swl-docker1", asked]);
    expect(stdout).toMatch(/^Docker Compose version /);
    expect(stdout.split("\n")[1]).toBe(sees);
  });

  test("keeps its files and its address over a boot, loses /run, and its mark differs", async () => {
    await host.put("stays", "/srv/stays");
    await host.put("stays", "/var/lib/stays");
    await host.put("goes", "/run/goes");
    const before = await host.bootMark();
    expect(await host.bootMark()).toBe(before);
    await host.reboot();
    const after = await host.bootMark();
    expect(after).not.toBe(before);
    const left = await ssh(host, "cat /srv/stays /var/lib/stays; ls /run/goes 2>/dev/null || true");
    expect(left.stdout).toBe("staysstays");
    await host.powerCut();
    expect(await host.bootMark()).not.toBe(after);
    expect((await ssh(host, "cat /var/lib/stays")).stdout).toBe("stays");
  });

  test("comes back when somebody logged in says reboot", async () => {
    const other = all.hosts[1] as LabHost;
    const before = await other.bootMark();
    await ssh(other, "sudo -n systemctl reboot").catch(() => undefined);
    await expect
      .poll(() => other.bootMark().catch(() => before), { timeout: 60_000 })
      .not.toBe(before);
    await expect
      .poll(() => ssh(other, "hostname").catch(() => ({ stdout: "" })), { timeout: 60_000 })
      .toEqual(expect.objectContaining({ stdout: "swl-lab2\n" }));
  });

  test("has a disk that is full when it is told to be, and no longer when it is freed", async () => {
    const write = "sudo -n dd if=/dev/zero of=/srv/more bs=1k count=64 status=none";
    await host.fillDisk();
    await expect(ssh(host, write)).rejects.toThrow("No space left on device");
    await host.fillDisk(256 * 1024);
    await ssh(host, write);
    await host.freeDisk();
    await ssh(host, "sudo -n dd if=/dev/zero of=/srv/more bs=1k count=1024 status=none");
  });

  test("has a clock that is off, for sessions and for units, until it is mended", async () => {
    const asks = [
      "date +%s",
      "sudo -n date +%s",
      "sudo -n systemd-run --wait --quiet --pipe date +%s",
      "python3 -c 'import time; print(int(time.time()))'",
      "node -p 'Math.round(Date.now() / 1000)'",
    ];
    const off = async () => {
      const told = (await ssh(host, asks.join("; "))).stdout.trim().split("\n");
      return told.map((each) => Math.round((Number(each) - Date.now() / 1000) / 600) * 10);
    };
    await host.clockOffBy(3600);
    expect(await off()).toEqual([60, 60, 60, 60, 60]);
    await host.clockOffBy(-3600);
    expect(await off()).toEqual([-60, -60, -60, -60, -60]);
    await host.clockOffBy(0);
    expect((await off()).map(Math.abs)).toEqual([0, 0, 0, 0, 0]);
  });

  test("can be known by another key all at once", async () => {
    const other = all.hosts[1] as LabHost;
    const lines = await other.changeHostKey();
    await expect(ssh(other, "true")).rejects.toThrow("REMOTE HOST IDENTIFICATION HAS CHANGED");
    expect(lines).toMatch(new RegExp(`^${other.name},${other.address} ssh-ed25519 \\S+$`, "m"));
  });
});

describe("a link", () => {
  test("carries, counts and cuts", async () => {
    await using link = await openLink(host);
    expect((await ssh(link, "echo over the link")).stdout).toBe("over the link\n");
    expect(link.connections).toBe(1);
    expect(link.bytes.sent).toBeGreaterThan(1000);
    const long = ssh(link, "sleep 30");
    await expect.poll(() => link.connections).toBe(2);
    link.cut();
    await expect(long).rejects.toMatchObject({ code: 255 });
    expect((await ssh(link, "echo again")).stdout).toBe("again\n");
  });

  test("cuts in the middle of a transfer, at the byte that was asked for", async () => {
    await using link = await openLink(host);
    const cut = link.cutAfter(1_000_000, "received");
    const began = link.bytes.received;
    await expect(ssh(link, "head -c 5000000 /dev/zero")).rejects.toMatchObject({ code: 255 });
    await cut;
    expect(link.bytes.received - began).toBeGreaterThanOrEqual(1_000_000);
    const all5 = await ssh(link, "head -c 5000000 /dev/zero");
    expect(all5.stdout.length).toBe(5_000_000);
  });

  test("hangs without a word, and only the client's own questions find out", async () => {
    await using link = await openLink(host);
    const command = ssh(link, "sleep 40; echo never heard");
    await expect.poll(() => host.exec(["pgrep", "-fc", "sleep 40"]).catch(() => "0")).not.toBe("0");
    link.hang();
    await expect(command).rejects.toMatchObject({ code: 255 });
    // The host has heard nothing of it: what it was told to do goes on.
    expect(Number(await host.exec(["pgrep", "-fc", "^sleep 40"]))).toBe(1);
    await expect(ssh(link, "true")).rejects.toMatchObject({ code: 255 });
    await link.mend();
    expect((await ssh(link, "echo mended")).stdout).toBe("mended\n");
  });

  test("refuses, and is slow and late", async () => {
    await using link = await openLink(host);
    await link.refuse();
    await expect(ssh(link, "true")).rejects.toThrow("Connection refused");
    await link.mend();
    const plain = await timed(() => ssh(link, "head -c 300000 /dev/zero"));
    link.delay(50);
    expect(await timed(() => ssh(link, "true"))).toBeGreaterThan(300);
    await link.mend();
    link.slow(200_000);
    const slow = await timed(() => ssh(link, "head -c 300000 /dev/zero"));
    // At that rate it cannot take less than the bytes need.
    expect(slow).toBeGreaterThan(1_400);
    expect(plain).toBeGreaterThan(0);
  });
});

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
