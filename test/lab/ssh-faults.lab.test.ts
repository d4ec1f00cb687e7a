import { execFileSync, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startHosts, type LabHost, type LabHosts } from "./rig/hosts.ts";
import { openLink } from "./rig/link.ts";
import { reachHosts } from "./rig/open-hosts.ts";

const LIMITS = { timeoutMs: 90_000 };

let lab: LabHosts;
beforeAll(async () => {
  lab = await startHosts({ prefix: "swssh-", count: 2 });
}, 180_000);
afterAll(() => lab[Symbol.asyncDispose](), 120_000);

const first = (): LabHost => lab.hosts[0]!;

let count = 0;
/** A key, and a command that counts each of its executions on the host, says a line before and one after it has slept. */
function counted(seconds: number) {
  const name = `counted-${++count}`;
  const script = `echo x >>/tmp/${name}; echo begin; sleep ${seconds}; echo end`;
  return {
    key: `1/${name}/do/1`,
    command: { argv: ["sh", "-c", script] as [string, ...string[]] },
    times: async () => Number(await first().exec(["sh", "-c", `wc -l </tmp/${name}`])),
  };
}

describe("a broken connection", () => {
  test("does not end a command, nor start it twice, and no output is lost", async () => {
    await using link = await openLink(first());
    await using reach = reachHosts(lab.hosts, { ways: { [first().name]: link } });
    const { shell } = reach.hosts.host(first().name);
    const { key, command, times } = counted(3);
    const running = shell.run(key, command, LIMITS);
    for (const wait of [700, 900, 900]) {
      await sleep(wait);
      link.cut();
    }
    expect(await running).toMatchObject({
      ended: { how: "exit", code: 0 },
      tail: "begin\nend\n",
    });
    expect(await times()).toBe(1);
    expect(link.connections).toBeGreaterThan(1);
  }, 60_000);

  test("is found when it is half open within 30 s, and the command's outcome then comes over a new one", async () => {
    await using link = await openLink(first());
    await using reach = reachHosts(lab.hosts, { ways: { [first().name]: link } });
    const { shell } = reach.hosts.host(first().name);
    const { key, command, times } = counted(2);
    const running = shell.run(key, command, LIMITS);
    await sleep(1000);
    link.hang();
    const hungAt = Date.now();
    const before = link.connections;
    while (link.connections === before && Date.now() - hungAt < 60_000) await sleep(100);
    const foundMs = Date.now() - hungAt;
    await link.mend();
    expect(await running).toMatchObject({ ended: { how: "exit", code: 0 }, tail: "begin\nend\n" });
    expect(await times()).toBe(1);
    expect(foundMs).toBeLessThan(30_000);
  }, 120_000);

  test("at any byte of a command's way leaves it executed once", async () => {
    await using link = await openLink(first());
    await using reach = reachHosts(lab.hosts, { ways: { [first().name]: link } });
    const { shell } = reach.hosts.host(first().name);
    await shell.look({ argv: ["true"] }, LIMITS);
    for (let bytes = 40; bytes < 6000; bytes = Math.round(bytes * 1.5)) {
      const { key, command, times } = counted(0);
      void link.cutAfter(bytes);
      const finished = await shell.run(key, command, LIMITS);
      expect([bytes, finished.ended, finished.tail, await times()]).toEqual([
        bytes,
        { how: "exit", code: 0 },
        "begin\nend\n",
        1,
      ]);
    }
  }, 120_000);
});

describe("somebody is killed", () => {
  test("an ssh client: the command goes on and is found again", async () => {
    await using reach = reachHosts(lab.hosts);
    const { shell } = reach.hosts.host(first().name);
    const { key, command, times } = counted(2);
    const running = shell.run(key, command, LIMITS);
    await sleep(1000);
    for (const pid of clientsOf(reach.folder)) process.kill(pid, "SIGKILL");
    expect(await running).toMatchObject({ ended: { how: "exit", code: 0 }, tail: "begin\nend\n" });
    expect(await times()).toBe(1);
  }, 60_000);

  test("we ourselves, with -9: another process gets its outcome and whole output", async () => {
    await using reach = reachHosts(lab.hosts);
    const { key, command, times } = counted(2);
    const child = spawn(
      process.execPath,
      [
        fileURLToPath(new URL("rig/run-on-host.ts", import.meta.url)),
        JSON.stringify({ host: first(), folder: reach.folder, key, command }),
      ],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    while (
      (await first().exec(["sh", "-c", `cat /tmp/counted-${count} 2>/dev/null || true`])) === ""
    )
      await sleep(50);
    child.kill("SIGKILL");
    const { shell } = reach.hosts.host(first().name);
    expect((await shell.receipt(key)).state).toBe("running");
    expect(await shell.run(key, command, LIMITS)).toMatchObject({
      ended: { how: "exit", code: 0 },
      tail: "begin\nend\n",
    });
    expect(await times()).toBe(1);
  }, 60_000);
});

describe("on the host", () => {
  const lost = expect.objectContaining({
    failure: expect.objectContaining({ code: "command-lost" }),
  });

  test("somebody removes the receipts while a command runs, or after it: nobody says that it was never started", async () => {
    await using reach = reachHosts(lab.hosts);
    const { shell } = reach.hosts.host(first().name);
    const done = counted(0);
    await shell.run(done.key, done.command, LIMITS);
    const { key, command, times } = counted(2);
    const running = shell.run(key, command, LIMITS).catch((error: unknown) => error);
    await sleep(1000);
    await first().exec(["rm", "-rf", "/home/deploy/.seaworthy/receipts"]);
    expect(await running).toEqual(lost);
    await using later = reachHosts(lab.hosts, { folder: reach.folder });
    const again = later.hosts.host(first().name).shell;
    expect((await again.receipt(done.key)).state).toBe("lost");
    expect((await again.receipt(key)).state).toBe("lost");
    await expect(again.run(key, command, LIMITS)).rejects.toEqual(lost);
    expect(await times()).toBe(1);
    // What comes new is as good as ever.
    const fresh = counted(0);
    expect(await again.run(fresh.key, fresh.command, LIMITS)).toMatchObject({
      tail: "begin\nend\n",
    });
  }, 60_000);

  test("a boot in the middle of a command is told from its end", async () => {
    await using reach = reachHosts(lab.hosts);
    const { shell } = reach.hosts.host(first().name);
    const done = counted(0);
    await shell.run(done.key, done.command, LIMITS);
    const { key, command, times } = counted(60);
    const running = shell.run(key, command, LIMITS).catch((error: unknown) => error);
    await sleep(1000);
    await first().powerCut();
    expect(await running).toMatchObject({
      failure: { code: "command-lost", what: expect.stringContaining("booted anew") },
    });
    expect(await shell.receipt(done.key)).toMatchObject({ state: "ended" });
    expect(await times().catch(() => 1)).toBe(1);
  }, 120_000);

  test("a newer process of the same run has begun: the older is refused, by look and by run", async () => {
    await using older = await owner({ fence: 7 });
    await using newer = await owner({ fence: 8, folder: older.folder });
    const stale = { failure: { code: "fence-stale", what: expect.stringContaining("ana@laptop") } };
    expect(await older.touch()).toMatchObject({ ended: { code: 0 } });
    expect(await newer.touch()).toMatchObject({ ended: { code: 0 } });
    await expect(older.touch()).rejects.toMatchObject(stale);
    await expect(older.shell.run("1/fenced/do/1", TRUE, LIMITS)).rejects.toMatchObject(stale);
    await using again = await owner({ fence: 7, folder: older.folder });
    await expect(again.touch()).rejects.toMatchObject(stale);
  }, 60_000);

  test("another checkout comes when this one has left, not while it is busy; what is left behind is refused then", async () => {
    const ours = await owner({ fence: 7, who: "ana@laptop" });
    await using theirs = await owner({ fence: 1, who: "ben@ci" });
    expect(await ours.touch()).toMatchObject({ ended: { code: 0 } });
    await expect(theirs.touch()).rejects.toMatchObject({
      failure: { code: "host-busy", what: expect.stringContaining("by ana@laptop") },
    });
    await ours[Symbol.asyncDispose]();
    expect(await theirs.touch()).toMatchObject({ ended: { code: 0 } });
    await using late = await owner({ fence: 7, who: "ana@laptop" });
    await expect(late.touch()).rejects.toMatchObject({ failure: { code: "host-busy" } });
    // A minute without a command, and it counts as dead.
    await first().exec(["sh", "-c", "touch -d '-61 seconds' /home/deploy/.seaworthy/fences/*"]);
    expect(await late.touch()).toMatchObject({ ended: { code: 0 } });
    await expect(theirs.touch()).rejects.toMatchObject({ failure: { code: "fence-stale" } });
  }, 60_000);

  test("two checkouts that number their runs alike do not take each other's commands for their own", async () => {
    await using ours = await owner({});
    await using theirs = await owner({});
    const { key, command, times } = counted(0);
    await ours.shell.run(key, command, LIMITS);
    expect(await theirs.shell.receipt(key)).toEqual({ state: "never started" });
    await theirs.shell.run(key, command, LIMITS);
    expect(await times()).toBe(2);
  }, 60_000);

  test("the helper of ours was removed: it is put back", async () => {
    await using reach = reachHosts(lab.hosts);
    const { shell } = reach.hosts.host(first().name);
    await shell.look({ argv: ["true"] }, LIMITS);
    await first().exec(["rm", "-rf", "/home/deploy/.seaworthy/bin"]);
    expect(await shell.look({ argv: ["echo", "here"] }, LIMITS)).toMatchObject({
      stdout: "here\n",
    });
  }, 60_000);

  test("another host key is refused with what to do, and nothing is sent", async () => {
    const second = lab.hosts[1]!;
    await using reach = reachHosts(lab.hosts);
    await second.changeHostKey();
    const host = reach.hosts.host(second.name);
    await expect(host.facts(LIMITS)).rejects.toMatchObject({
      failure: { code: "host-key-changed", fix: expect.stringContaining("hosts enrol") },
    });
    await expect(
      host.shell.run("1/never/do/1", { argv: ["touch", "/tmp/never"] }, LIMITS),
    ).rejects.toMatchObject({
      failure: { code: "host-key-changed" },
    });
    expect(await second.exec(["sh", "-c", "ls /tmp/never 2>/dev/null || echo none"])).toBe(
      "none\n",
    );
  }, 60_000);
});

test("a host that is down, a wrong user and a missing key each say what to do", async () => {
  const { name } = first();
  const codeOf = async (given: Parameters<typeof reachHosts>[1]) => {
    await using reach = reachHosts(lab.hosts, given);
    return await reach.hosts
      .host(name)
      .facts(LIMITS)
      .then(
        () => "none",
        (error: unknown) => error,
      );
  };
  expect(await codeOf({ ways: { [name]: { address: "127.0.0.1", port: 9 } } })).toMatchObject({
    failure: { code: "host-unreachable", fix: expect.stringContaining("hosts list") },
  });
  expect(await codeOf({ user: "nobody-here" })).toMatchObject({
    failure: { code: "host-refused" },
  });
}, 60_000);

const TRUE = { argv: ["true"] as [string] };

/** One that deploys to the first host. */
async function owner(given: Parameters<typeof reachHosts>[1]) {
  const reach = reachHosts(lab.hosts, given);
  const { shell } = reach.hosts.host(first().name);
  return {
    shell,
    folder: reach.folder,
    touch: () => shell.look(TRUE, LIMITS),
    [Symbol.asyncDispose]: () => reach[Symbol.asyncDispose](),
  };
}

/** The ssh programs that were started with our settings below this folder. */
function clientsOf(folder: string): readonly number[] {
  const all = execFileSync("ps", ["-eo", "pid,args"], { encoding: "utf8" });
  return all
    .split("\n")
    .filter((line) => line.includes("ssh -F") && line.includes(folder))
    .map((line) => Number.parseInt(line, 10));
}
