/** The way to the hosts is cut, hangs, or loses its ssh programs while the real command line deploys: nothing is done twice. */
import { execFileSync } from "node:child_process";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runAmid, until, type Deed } from "./rig/fault-hosts.ts";
import { startHosts, type LabHost, type LabHosts } from "./rig/hosts.ts";
import { type HostsShop, openHostsShop } from "./rig/hosts-shop.ts";
import { openLink, type Link } from "./rig/link.ts";

const TAGS = ["v1", "v2", "v3", "v4"];
const BALLAST = 3_000_000;

let lab: LabHosts;
let shop: HostsShop;
let links: readonly Link[] = [];

beforeAll(async () => {
  lab = await startHosts({ prefix: "swkc-", count: 3 });
  links = await Promise.all(lab.hosts.map(openLink));
  const ways = Object.fromEntries(lab.hosts.map(({ name }, at) => [name, linkOf(at)]));
  shop = await openHostsShop(lab, TAGS, {
    ways,
    installSeconds: 2,
    migrateSeconds: 2,
    ballastBytes: BALLAST,
  });
}, 240_000);
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
  await Promise.all(links.map((link) => link[Symbol.asyncDispose]()));
  await lab[Symbol.asyncDispose]();
}, 240_000);

function linkOf(at: number): Link {
  const link = links[at];
  if (!link) throw new Error("no link");
  return link;
}
function hostOf(at: number): LabHost {
  const host = lab.hosts[at];
  if (!host) throw new Error("no host");
  return host;
}

/** What a deed of its own has left on the hosts. */
const once = (act: string, times = 1) =>
  Object.fromEntries(lab.hosts.map(({ name }) => [`${act} @${name}`, times]));
const onFirst = (act: string) => ({ [`${act} @${hostOf(0).name}`]: 1 });

async function since(before: Readonly<Record<string, number>>) {
  const now = await shop.counted();
  const more = Object.entries(now).map(([act, times]) => [act, times - (before[act] ?? 0)]);
  return Object.fromEntries(more.filter(([, times]) => times !== 0));
}

/** Until a program with these words runs on that host. */
const runs = (at: number, words: string) =>
  until(`${hostOf(at).name} runs ${words}`, async () => {
    const all = await hostOf(at).exec(["ps", "-eo", "args"]);
    return all.includes(words);
  });

/** Lets so many bytes pass on each way, and cuts it, again and again. */
async function cutAll(...counts: readonly number[]): Promise<void> {
  await Promise.all(
    links.map(async (link) => {
      for (const bytes of counts) await link.cutAfter(bytes);
    }),
  );
}
const connections = () => links.map((link) => link.connections);

/** Does not wait for its end: what was to be cut may have passed before. */
const meanwhile = (deed: () => Promise<unknown>) => async () => void deed();

describe("a deploy ends well, and each act has happened once,", () => {
  test("when the link is cut in the transfer, the installation, the migration and the switch", async () => {
    const cuts: string[] = [];
    const cut = (name: string, at: number) => {
      cuts.push(name);
      linkOf(at).cut();
    };
    const install = (at: number): Deed => ({
      at: "running sh -c",
      deed: async () => {
        await runs(at, "echo install");
        cut(`install ${at}`, at);
      },
    });
    const first = connections();
    const deeds: Deed[] = [
      // Of 3 MB a third, and then a third again.
      { at: "· stage …", deed: () => cutAll(1_000_000, 1_000_000) },
      install(0),
      install(1),
      {
        at: "· migrate …",
        deed: async () => {
          await runs(0, "migrate.py");
          cut("migrate", 0);
        },
      },
      // The script goes over each time, and then there is its answer.
      { at: "· up …", deed: meanwhile(() => cutAll(9_000, 15_000, 17_000)) },
    ];
    const before = await shop.counted();
    const { code, output } = await runAmid(shop, shop.deploy("v1"), deeds);
    expect([code, await shop.notWhole("v1")], output).toEqual([0, []]);
    expect(await since(before)).toEqual({
      ...once("install v1"),
      ...once("start v1"),
      ...onFirst("migrate v1"),
    });
    // Two in the transfer, one in the installation or the migration, and those of the switch.
    for (const [at, count] of connections().entries())
      expect(count - (first[at] ?? 0), `connections to ${hostOf(at).name}`).toBeGreaterThan(4);
    expect(cuts.toSorted()).toEqual(["install 0", "install 1", "migrate"]);
  }, 300_000);

  test("when a link hangs half open in the installation", async () => {
    const before = await shop.counted();
    const link = linkOf(1);
    const hangs: Deed = {
      at: "running sh -c",
      deed: async () => {
        await runs(1, "echo install");
        link.hang();
        const then = link.connections;
        // Found by ssh itself, which tries a new connection.
        await until("a new connection", async () => link.connections > then);
        await link.mend();
      },
    };
    const { code, output } = await runAmid(shop, shop.deploy("v2"), [hangs]);
    expect([code, await shop.notWhole("v2")], output).toEqual([0, []]);
    expect(await since(before)).toEqual({
      ...once("install v2"),
      ...once("start v2"),
      ...onFirst("migrate v2"),
    });
  }, 300_000);

  test("when the ssh programs are killed in the installation, the migration and the switch", async () => {
    const before = await shop.counted();
    const killed: number[] = [];
    const kill = (pid: number) => {
      for (const each of clientsOf(pid)) {
        process.kill(each, "SIGKILL");
        killed.push(each);
      }
    };
    const deeds: Deed[] = [
      { at: "running sh -c", deed: (pid) => runs(2, "echo install").then(() => kill(pid)) },
      { at: "· migrate …", deed: (pid) => runs(0, "migrate.py").then(() => kill(pid)) },
      {
        at: "· up …",
        deed: async (pid) => {
          await until("ssh runs", async () => clientsOf(pid).length > 0);
          kill(pid);
        },
      },
    ];
    const { code, output } = await runAmid(shop, shop.deploy("v3"), deeds);
    expect([code, await shop.notWhole("v3")], output).toEqual([0, []]);
    expect(await since(before)).toEqual({
      ...once("install v3"),
      ...once("start v3"),
      ...onFirst("migrate v3"),
    });
    // Of three hosts the clients, and what keeps the connections.
    expect(killed.length).toBeGreaterThanOrEqual(9);
  }, 300_000);
});

test("a rollback ends well, and each act has happened once, when the links are cut in the midst of it", async () => {
  const before = await shop.counted();
  const marks = await shop.marks();
  const first = connections();
  const deeds: Deed[] = [
    { at: "· up: taking back …", deed: meanwhile(() => cutAll(9_000, 15_000, 17_000)) },
    { at: "· migrate: taking back …", deed: async () => linkOf(0).cut() },
  ];
  const { code, output } = await runAmid(shop, shop.deploy("v4", "false"), deeds);
  expect([code, await shop.notWhole("v3")], output).toEqual([4, []]);
  expect(await since(before)).toEqual({
    ...once("install v4"),
    ...once("start v4"),
    ...once("start v3"),
    ...onFirst("migrate v4"),
    ...onFirst("undo-migrate v4"),
  });
  expect(await shop.marks()).toEqual(marks);
  for (const [at, count] of connections().entries())
    expect(count - (first[at] ?? 0), `connections to ${hostOf(at).name}`).toBeGreaterThan(2);
}, 300_000);

const CONTROL = "ControlPath=";

/** The ssh programs that this process has started, and those that keep their connections, which nobody is the parent of. */
function clientsOf(pid: number): readonly number[] {
  const rows = execFileSync("ps", ["-ww", "-eo", "pid,ppid,args"], { encoding: "utf8" })
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .map(([each, parent, ...args]) => ({ pid: Number(each), parent: Number(parent), args }));
  const own = rows.filter(({ parent, args }) => parent === pid && args[0] === "ssh");
  const sockets = own.flatMap(({ args }) => args.filter((arg) => arg.startsWith(CONTROL)));
  const folders = new Set(sockets.map((arg) => path.dirname(arg.slice(CONTROL.length))));
  const keepers = rows.filter(
    ({ args }) => args[0] === "ssh:" && folders.has(path.dirname(args[1] ?? "")),
  );
  return [...own, ...keepers].map((each) => each.pid);
}
