/** A folder on its way to a host: by rsync where there is rsync, by tar where there is none. */
import { createHash, randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Host } from "../../src/ports/host.ts";
import { startHosts, type LabHost, type LabHosts } from "./rig/hosts.ts";
import { openLink, type Link } from "./rig/link.ts";
import { reachHosts, type LabReach } from "./rig/open-hosts.ts";

const LIMITS = { timeoutMs: 120_000 };
const MB = 1024 * 1024;

let all: LabHosts;
let reach: LabReach;
const links: Record<string, Link> = {};
const folders: string[] = [];

beforeAll(async () => {
  all = await startHosts({ prefix: "swx-send", count: 2, disk: "24m" });
  for (const host of all.hosts) {
    links[host.name] = await openLink(host);
    await host.exec(["chown", "deploy:", "/srv"]);
  }
  await all.hosts[1]!.exec(["rm", "/usr/bin/rsync"]);
  reach = reachHosts(all.hosts, { ways: links });
});

afterAll(async () => {
  await reach[Symbol.asyncDispose]();
  for (const link of Object.values(links)) await link[Symbol.asyncDispose]();
  await all[Symbol.asyncDispose]();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function made(files: Readonly<Record<string, string | Uint8Array>>): string {
  const at = mkdtempSync(join(tmpdir(), "sw send "));
  folders.push(at);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(at, name)), { recursive: true });
    writeFileSync(join(at, name), text);
  }
  return at;
}

const sum = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

describe.each([
  ["by rsync", 0],
  ["by tar", 1],
])("%s", (_, number) => {
  let lab: LabHost;
  let host: Host;
  let link: Link;
  let count = 0;
  const place = () => `/srv/it's a "place"/${number}-${++count}/app`;

  beforeAll(async () => {
    lab = all.hosts[number]!;
    host = reach.hosts.host(lab.name);
    link = links[lab.name]!;
    expect((await host.facts(LIMITS)).hasRsync).toBe(number === 0);
  });

  const listed = (at: string) =>
    lab.exec(["sh", "-c", 'cd "$0" && find . -mindepth 1 -printf "%y %m %p %l|"', at]);
  const beside = async (at: string) =>
    (await lab.exec(["ls", "-A", dirname(at)])).split("\n").filter((name) => name !== "");

  test("brings every name, mode, link and empty folder, and nothing else stays", async () => {
    const from = made({
      "-n": "dash",
      "--delete": "option",
      'a b/it\'s "quoted" $(id) `id` \\': "quotes",
      "new\nline": "newline",
      "bin/run": "#!/bin/sh\n",
      ".hidden": "",
      "ä€😀": "utf-8",
      "*": "star",
      " ": "space",
      ":colon": "",
    });
    chmodSync(join(from, "bin/run"), 0o700);
    chmodSync(join(from, ".hidden"), 0o660);
    mkdirSync(join(from, "empty"));
    symlinkSync("bin/run", join(from, "current"));
    symlinkSync("../bin", join(from, "empty/up"));
    const to = place();
    const other = made({
      "stale/file": "goes",
      "a b": "was a file",
      "-n": "longer than it will be",
    });
    await host.send({ from: other, to }, LIMITS);
    const sent = await host.send({ from, to }, LIMITS);
    expect(sent).toMatchObject({ files: 10, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    const there = (await listed(to)).split("|").toSorted().filter(Boolean);
    expect(there).toEqual(
      [
        "d 755 ./a b ",
        "d 755 ./bin ",
        "d 755 ./empty ",
        "f 644 ./  ",
        "f 644 ./* ",
        "f 644 ./--delete ",
        "f 644 ./-n ",
        "f 644 ./.hidden ",
        "f 644 ./:colon ",
        'f 644 ./a b/it\'s "quoted" $(id) `id` \\ ',
        "f 644 ./new\nline ",
        "f 644 ./ä€😀 ",
        "f 755 ./bin/run ",
        "l 777 ./current bin/run",
        "l 777 ./empty/up ../bin",
      ].toSorted(),
    );
    expect(await lab.exec(["cat", `${to}/new\nline`])).toBe("newline");
    expect(await lab.exec(["cat", `${to}/-n`])).toBe("dash");
    expect(await beside(to)).toEqual(["app"]);
  });

  test("sends only what is not there already", async () => {
    const big = randomBytes(2 * MB);
    const from = made({ "assets/big": big, "a.txt": "1" });
    const [first, second] = [place(), place()];
    expect((await host.send({ from, to: first }, LIMITS)).sentBytes).toBeGreaterThan(2 * MB);
    expect((await host.send({ from, to: first }, LIMITS)).sentBytes).toBe(0);
    // The same size and the same time as before: only its content tells.
    const next = made({ "assets/big": big, "a.txt": "2", "more.txt": "3" });
    const before = link.bytes.sent;
    const sent = await host.send({ from: next, to: second, base: first }, LIMITS);
    expect(sent.sentBytes).toBeLessThan(100_000);
    expect(link.bytes.sent - before).toBeLessThan(200_000);
    expect(await lab.exec(["cat", `${second}/a.txt`, `${first}/a.txt`])).toBe("21");
    // What happens to the one does not happen to the other.
    expect(await lab.exec(["stat", "-c", "%h", `${second}/assets/big`])).toBe("1\n");
    await lab.exec(["rm", "-rf", first, second]);
  });

  /** Breaks the connection each time when so many more bytes have arrived on the host. */
  const cutEach = async (to: string, mb: readonly number[]) => {
    for (const each of mb) {
      await expect
        .poll(() => arrived(to), { timeout: 60_000, interval: 50 })
        .toBeGreaterThan(each * MB);
      link.cut();
    }
  };
  const arrived = async (to: string) =>
    Number(
      (await lab.exec(["sh", "-c", 'du -s -B1 "$0".sending-* | cut -f 1', to]).catch(() => "0")) ||
        0,
    );

  test.each<[string, number, number]>([
    ["many files", 40, 0.2],
    // tar has no halves: it begins a file that did not arrive whole anew.
    ...(number === 0 ? ([["one large file", 1, 8]] as [string, number, number][]) : []),
  ])(
    "goes on after every break with %s, and does not send again what has arrived",
    async (_what, files, mb) => {
      const each = Array.from(
        { length: files },
        (_file, n) => [`f${n}`, randomBytes(mb * MB)] as const,
      );
      const from = made(Object.fromEntries(each));
      const to = place();
      const before = link.bytes.sent;
      link.slow(6 * MB);
      const [sent] = await Promise.all([host.send({ from, to }, LIMITS), cutEach(to, [2.5, 5.5])]);
      await link.mend();
      expect(sent.files).toBe(files);
      // What had arrived alone would be as much again.
      expect(link.bytes.sent - before).toBeLessThan(8 * MB + 4 * MB);
      const [name, bytes] = each.at(-1)!;
      expect(await lab.exec(["sha256sum", `${to}/${name}`])).toContain(sum(bytes));
      expect(await beside(to)).toEqual(["app"]);
      await lab.exec(["rm", "-rf", to]);
    },
  );

  test("lets two send to the same place at once, and one of them has it whole", async () => {
    const to = place();
    const same = { "a/b": randomBytes(MB), c: "c" };
    const [one, two] = [made(same), made(same)];
    const third = made({ "a/b": randomBytes(MB), d: "d" });
    const sent = await Promise.all(
      [one, two, third].map((from) => host.send({ from, to }, LIMITS)),
    );
    expect(sent[0]!.sha256).toBe(sent[1]!.sha256);
    const names = (await listed(to)).split("|").map((each) => each.split(" ")[2]);
    expect(names.includes("./c") !== names.includes("./d")).toBe(true);
    const winner = names.includes("./c") ? one : third;
    expect(await host.send({ from: winner, to }, LIMITS)).toMatchObject({ sentBytes: 0 });
    await lab.exec(["rm", "-rf", to]);
  });

  test("says how much is free when there is no room, and leaves nothing", async () => {
    const from = made({ big: randomBytes(4 * MB) });
    const to = place();
    await host.send({ from: made({ old: "stays" }), to }, LIMITS);
    await lab.fillDisk(2 * MB);
    await expect(host.send({ from, to }, LIMITS)).rejects.toMatchObject({
      failure: {
        code: "host-disk-full",
        what: expect.stringMatching(/needs 4\.2 MB.*\d+ bytes\) are free/),
      },
    });
    expect(await lab.exec(["ls", to])).toBe("old\n");
    await lab.freeDisk();
    // Filled by somebody else while it is on its way.
    const filled = new Promise<void>((resolve, reject) =>
      link.after(2 * MB, () => void lab.fillDisk().then(resolve, reject), "sent"),
    );
    link.slow(4 * MB);
    const failed = host.send({ from, to }, LIMITS);
    await expect(failed).rejects.toMatchObject({ failure: { code: "host-disk-full" } });
    await filled;
    await link.mend();
    expect(await beside(to)).toEqual(["app"]);
    await lab.freeDisk();
    await host.send({ from, to }, LIMITS);
    expect(await lab.exec(["ls", to])).toBe("big\n");
    await lab.exec(["rm", "-rf", to]);
  });

  test("refuses a place that it can't have", async () => {
    const from = made({ a: "a" });
    const to = place();
    await host.send({ from, to }, LIMITS);
    await lab.exec(["ln", "-s", to, `${to}-link`]);
    await expect(host.send({ from, to: `${to}-link` }, LIMITS)).rejects.toMatchObject({
      failure: { code: "not-a-folder" },
    });
    await expect(host.send({ from, to: "/etc/not-mine" }, LIMITS)).rejects.toMatchObject({
      failure: { code: "send-failed", detail: expect.stringContaining("Permission denied") },
    });
    await expect(host.send({ from, to: "/" }, LIMITS)).rejects.toMatchObject({
      failure: { code: "no-place-to-send-to" },
    });
  });

  test("ends when it is cancelled, and when its time is up, with nothing in place", async () => {
    const from = made({ big: randomBytes(4 * MB) });
    const to = place();
    link.slow(MB / 2);
    const cancel = new AbortController();
    link.after(MB, () => cancel.abort(), "sent");
    await expect(
      host.send({ from, to }, { ...LIMITS, signal: cancel.signal }),
    ).rejects.toMatchObject({
      failure: { code: "send-cancelled" },
    });
    await expect(host.send({ from, to }, { timeoutMs: 2000 })).rejects.toMatchObject({
      failure: { code: "send-out-of-time" },
    });
    await link.mend();
    expect(await beside(to)).not.toContain("app");
    await host.send({ from, to }, LIMITS);
    await lab.exec(["rm", "-rf", to]);
  });

  test("never gives a place to what is not what was sent", async () => {
    const from = made({ a: "right", b: "b" });
    const to = place();
    const tool = number === 0 ? "rsync" : "tar";
    const path = (await lab.exec(["sh", "-c", `command -v ${tool}`])).trim();
    await lab.exec(["mv", path, `${path}.real`]);
    // A disk, or somebody, that writes something else into one file.
    const worse = `#!/bin/sh\n${path}.real "$@"\ncode=$?\nfor a in /srv/it*/*/app.sending-*/a; do printf wrong >"$a"; done\nexit $code\n`;
    await lab.put(worse, path, "755");
    const failed = host.send({ from, to }, LIMITS);
    await expect(failed).rejects.toMatchObject({
      failure: { code: "send-not-proven", detail: 'has another content: "a"' },
    });
    await lab.exec(["mv", `${path}.real`, path]);
    expect(await beside(to)).not.toContain("app");
    await host.send({ from, to }, LIMITS);
    expect(await lab.exec(["cat", `${to}/a`])).toBe("right");
  });
});
