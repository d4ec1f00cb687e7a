import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { JsonObject } from "../../src/model/json.ts";
import {
  goneAt,
  makeSite,
  staticAct,
  staticDriver,
  visit,
  type StaticWorld,
} from "../rig/static-site.ts";
import { startHosts, type LabHosts } from "./rig/hosts.ts";
import { openLink, type Link } from "./rig/link.ts";
import { reachHosts, type LabReach } from "./rig/open-hosts.ts";

const NGINX = `events {}
http {
  include /etc/nginx/mime.types;
  access_log off;
  server { listen 8080 default_server; root /srv/www/shop/current; add_header Cache-Control no-cache; }
}
`;

let lab: LabHosts;
let links: readonly Link[];
let reach: LabReach;
let folder: string;
let urls: readonly string[];

beforeAll(async () => {
  lab = await startHosts({ prefix: "swf-h", count: 2 });
  await Promise.all(
    lab.hosts.map(async (host) => {
      await host.put(NGINX, "/etc/nginx/nginx.conf");
      await host.exec(["install", "-d", "-o", host.user, "/srv/www"]);
      await host.exec(["nginx"]);
    }),
  );
  links = await Promise.all(lab.hosts.map((host) => openLink(host)));
  reach = reachHosts(lab.hosts, {
    ways: Object.fromEntries(lab.hosts.map(({ name }, at) => [name, links[at]!])),
  });
  urls = lab.hosts.map(({ address }) => `http://${address}:8080/`);
  folder = await mkdtemp(join(tmpdir(), "swf-hosts-"));
});
afterAll(async () => {
  await reach[Symbol.asyncDispose]();
  for (const link of links) await link[Symbol.asyncDispose]();
  await lab[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  for (const host of lab.hosts) await host.exec(["rm", "-rf", "/srv/www/shop"]);
});

const act = () => staticAct();
const release = (name: string) => ({ id: `${name}+abc`, name });
const source = (says: string, more?: Record<string, string>) =>
  makeSite(join(folder, "sources", says), says, more);

function driver(given: Partial<StaticWorld> & { readonly more?: JsonObject } = {}) {
  const { more, ...world } = given;
  const verify = { url: [...urls], within: "10s", version: { get: "/version.json" } };
  const options = { folder: "/srv/www/shop", verify, ...more };
  return staticDriver({ folder, hosts: reach.hosts, options, ...world });
}

async function deploy(name: string, more?: Record<string, string>): Promise<void> {
  await driver().stage(release(name), await source(name, more), act());
  await driver().activate(release(name), act());
}

test("people whose page and files come from different hosts miss nothing, forward and back", async () => {
  await deploy("v1");
  const visitors = [visit(urls), visit(urls, { lingerMs: 150 })];
  await deploy("v2");
  await driver({ more: { rollout: { first: "swf-h1", at_once: 1 } } }).stage(
    release("v3"),
    await source("v3"),
    act(),
  );
  await driver({ more: { rollout: { first: "swf-h1", at_once: 1 } } }).activate(
    release("v3"),
    act(),
  );
  await driver().activate(release("v2"), act());
  await driver().settle(act());
  await deploy("v4");
  await Promise.all(visitors.map((each) => each.stop()));
  expect(visitors.flatMap(({ broken }) => broken)).toEqual([]);
  expect([...visitors[0]!.seen.keys()]).toEqual(expect.arrayContaining(["v1", "v2", "v4"]));
  expect(await driver().state(act())).toMatchObject([
    { name: "swf-h1", release: "v4+abc", healthy: true },
    { name: "swf-h2", release: "v4+abc", healthy: true },
  ]);
});

test("names that a shell would take for something else arrive, and what is the same is not sent again", async () => {
  const odd = {
    'a b/it\'s "x"+%.html': "1",
    "-rf.txt": "2",
    "new\nline\\.txt": "3",
    "größe.txt": "4",
  };
  await deploy("v1", { ...odd, "big.bin": "x".repeat(400_000) });
  for (const [name, content] of Object.entries(odd))
    for (const url of urls) {
      const at = url + name.split("/").map(encodeURIComponent).join("/");
      expect(await (await fetch(at)).text(), at).toBe(content);
    }
  const before = links[0]!.bytes.sent;
  await deploy("v2", { ...odd, "big.bin": "x".repeat(400_000) });
  expect(links[0]!.bytes.sent - before).toBeLessThan(200_000);
});

test("a link that is cut again and again breaks no page, and the release arrives", async () => {
  await deploy("v1");
  const visitor = visit(urls, { lingerMs: 20 });
  for (const [at, bytes] of [2_000, 30_000, 60_000].entries()) {
    const cuts = links.map((link) => link.cutAfter(bytes));
    await deploy(`v2-${at}`, { "big.bin": String(at).repeat(200_000) });
    await Promise.all(cuts);
  }
  await visitor.stop();
  expect(visitor.broken).toEqual([]);
  expect(await driver().current(act())).toEqual(release("v2-2"));
});

test("wherever the process is gone, the next one ends with the same", async () => {
  await deploy("v1");
  await driver().settle(act());
  const visitor = visit(urls, { lingerMs: 20 });
  for (const n of [4, 9, 13]) {
    const cut = goneAt(n, { isAfter: n % 2 === 0 });
    const next = release(`v2-${n}`);
    const from = await source(next.name);
    const all = async (way = driver()) => {
      await way.stage(next, from, act());
      await way.activate(next, act());
      await way.settle(act());
    };
    const hosts = {
      names: reach.hosts.names,
      host: (name: string) => {
        const host = reach.hosts.host(name);
        return {
          ...host,
          shell: cut.shell(host.shell),
          send: (...words: Parameters<typeof host.send>) => cut.use(() => host.send(...words)),
        };
      },
    };
    await expect(all(driver({ hosts })), `gone at ${n}`).rejects.toThrow("gone");
    expect([release("v1"), next], `gone at ${n}`).toContainEqual(await driver().current(act()));
    await all();
    const shown = (await driver().state(act())).map((part) => part.release);
    expect(shown, `gone at ${n}`).toEqual([next.id, next.id]);
    await driver().activate(release("v1"), act());
    await driver().settle(act());
  }
  await visitor.stop();
  expect(visitor.broken).toEqual([]);
});

test("a host that goes first and refuses leaves the others as they are, and all show the release before", async () => {
  await deploy("v1");
  const [first] = lab.hosts;
  const rollout = { first: "swf-h1" };
  await driver({ more: { rollout } }).stage(release("v2"), await source("v2"), act());
  // A folder that is full of itself: the link can't be changed.
  await first!.exec(["chattr", "+i", "/srv/www/shop/current"]).catch(() => undefined);
  await first!.exec(["chown", "-h", "root", "/srv/www/shop/current"]);
  await first!.exec(["chmod", "1755", "/srv/www/shop"]);
  await first!.exec(["chown", "root", "/srv/www/shop"]);
  const refused = driver({ more: { rollout } }).activate(release("v2"), act());
  await expect(refused).rejects.toMatchObject({
    failure: {
      code: "folder-failed",
      what: expect.stringMatching(/swf-h1.*nothing was done to swf-h2/s),
    },
  });
  await first!.exec(["chown", first!.user, "/srv/www/shop"]);
  expect((await driver().state(act())).map((part) => part.release)).toEqual(["v1+abc", "v1+abc"]);
});

test("a folder that is not ours to write is told with what to do", async () => {
  const more = { folder: "/srv/shop" };
  await expect(
    driver({ more }).stage(release("v1"), await source("v1"), act()),
  ).rejects.toMatchObject({
    failure: {
      code: "folder-not-writable",
      what: expect.stringContaining("There is no /srv/shop there, and deploy may not make it"),
      fix: expect.stringContaining("sudo install -d -o deploy /srv/shop"),
    },
  });
});

test("a newer owner is obeyed on every host", async () => {
  await deploy("v1");
  await driver({ fence: 7 }).stage(release("v2"), await source("v2"), act());
  for (const deed of [
    () => driver({ fence: 6 }).activate(release("v2"), act()),
    () => driver({ fence: 6 }).retire(undefined, act()),
  ])
    await expect(deed()).rejects.toMatchObject({ failure: { code: "fence-stale" } });
  expect(await driver().current(act())).toEqual(release("v1"));
});
