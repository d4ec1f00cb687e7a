import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { plainShell } from "../../../test/rig/plain-shell.ts";
import {
  goneAt,
  makeSite,
  showFolder,
  staticAct,
  staticDriver,
  visit,
  type StaticWorld,
  type WebServer,
} from "../../../test/rig/static-site.ts";

let folder: string;
let server: WebServer;
const act = () => staticAct();

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "seaworthy-folder-"));
  server = await showFolder(www("current"));
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const www = (...parts: string[]) => path.join(folder, "www", ...parts);
const release = (name: string) => ({ id: `${name}+abc`, name });
const source = (says: string, more?: Record<string, string>) =>
  makeSite(path.join(folder, "sources", says), says, more);

function driver(given: Partial<StaticWorld> = {}) {
  const verify = { url: server.url, within: "5s", version: { get: "/version.json" } };
  const { options, ...world } = given;
  return staticDriver({ folder, options: { folder: "www", verify, ...options }, ...world });
}

async function deploy(name: string, more?: Record<string, string>): Promise<void> {
  await driver().stage(release(name), await source(name, more), act());
  await driver().activate(release(name), act());
}

test("people who visit while releases change miss nothing, forward and back", async () => {
  await deploy("v1");
  const visitors = [visit([server.url]), visit([server.url], { lingerMs: 150 })];
  for (const name of ["v2", "v3", "v4"]) await deploy(name);
  await driver().activate(release("v2"), act());
  await driver().settle(act());
  await deploy("v5");
  await Promise.all(visitors.map((each) => each.stop()));
  expect(visitors.flatMap(({ broken }) => broken)).toEqual([]);
  expect([...visitors[0]!.seen.keys()]).toEqual(expect.arrayContaining(["v1", "v3", "v5"]));
});

test("wherever the process is gone, the next one ends with the same", async () => {
  await deploy("v1");
  await driver().settle(act());
  const visitor = visit([server.url]);
  const shell = plainShell();
  let ends = 0;
  for (const isAfter of [false, true])
    for (let n = 1; ; n++) {
      const at = `gone ${isAfter ? "after" : "before"} ${n}`;
      const next = release(`v2-${isAfter ? "after" : "before"}-${n}`);
      const from = await source(next.name);
      const cut = goneAt(n, { isAfter });
      const all = async (way = driver()) => {
        await way.stage(next, from, act());
        await way.activate(next, act());
        await way.settle(act());
      };
      const killed = await all(driver({ shell: cut.shell(shell) })).catch(String);
      expect([release("v1"), next], at).toContainEqual(await driver().current(act()));
      await all();
      expect(await driver().current(act()), at).toEqual(next);
      await driver().activate(release("v1"), act());
      expect(await driver().current(act()), `back, ${at}`).toEqual(release("v1"));
      await driver().settle(act());
      ends++;
      if (!cut.isGone()) break;
      expect(killed).toContain("gone");
    }
  await visitor.stop();
  expect(ends).toBeGreaterThan(12);
  expect(visitor.broken).toEqual([]);
  expect(await readdir(www("shown"))).toHaveLength(1);
});

const ODD = {
  'a b/it\'s "quoted".html': "1",
  "-rf": "2",
  "new\nline\\.txt": "3",
  "größe/日本.txt": "4",
  "--help/$(date)`x`*?[.txt": "5",
  "empty.txt": "",
};

test("names that a shell would take for something else arrive as they are", async () => {
  await deploy("v1", ODD);
  for (const [name, content] of Object.entries(ODD))
    expect(await readFile(www("current", name), "utf8"), name).toBe(content);
  await deploy("v2", ODD);
  await driver().ready(release("v1"), act());
});

test("a release whose document has not changed is still told apart", async () => {
  const same = { "index.html": "<!doctype html>\n<title>same</title>\n" };
  await deploy("v1", same);
  await deploy("v2", same);
  expect(await driver().current(act())).toEqual(release("v2"));
  await driver().activate(release("v1"), act());
  expect(await driver().current(act())).toEqual(release("v1"));
  expect(await (await fetch(`${server.url}version.json`)).json()).toEqual({ version: "v1" });
});

test("the same release, built anew, breaks no page either", async () => {
  await deploy("v1");
  const visitor = visit([server.url], { lingerMs: 100 });
  for (const build of ["1", "2", "3"]) {
    const from = await makeSite(path.join(folder, "sources", `build-${build}`), `v1 ${build}`, {
      "version.json": '{"version":"v1"}',
    });
    await driver().stage(release("v1"), from, act());
    await driver().activate(release("v1"), act());
  }
  await visitor.stop();
  expect(visitor.broken).toEqual([]);
  await driver().settle(act());
  expect(await readFile(www("current", "index.html"), "utf8")).toContain("v1 3");
  expect(await readdir(www("shown"))).toHaveLength(1);
});

test("links are followed as far as they stay inside", async () => {
  const from = await source("v1");
  await symlink("index.html", path.join(from, "start.html"));
  await symlink("assets", path.join(from, "static"));
  await driver().stage(release("v1"), from, act());
  await driver().activate(release("v1"), act());
  expect(await readFile(www("current", "start.html"), "utf8")).toContain("v1");
  expect(await readdir(www("current", "static"))).toEqual(await readdir(www("current", "assets")));
});

test.each([
  ["out of it", "/etc/hostname", "out of what is shown"],
  ["to nothing", "gone.html", "leads to nothing"],
  ["in a circle", ".", "a folder that it is in"],
])("a link that leads %s is refused", async (_, target, why) => {
  const from = await source("v1");
  await symlink(target, path.join(from, "link.html"));
  await expect(driver().stage(release("v1"), from, act())).rejects.toMatchObject({
    failure: { code: "link-leaves-folder", what: expect.stringContaining(why) },
  });
});

test("what somebody changed by hand is said, and mended without touching what visitors are in", async () => {
  await deploy("v1");
  await rm(www("current", "index.html"));
  await writeFile(www("current", "index.html"), "<title>by hand</title>");
  const said: string[] = [];
  await driver().current(staticAct(said));
  expect(said.join()).toContain("index.html is not the release's");
  expect(await driver().state(act())).toMatchObject([{ healthy: false }]);
  await driver().activate(release("v1"), act());
  expect(await readFile(www("current", "index.html"), "utf8")).toContain("<title>v1");
});

test("files that are not those that were sent are not shown", async () => {
  await deploy("v1");
  await driver().stage(release("v2"), await source("v2"), act());
  await writeFile(www("releases", "v2+abc", "site", "version.json"), "other");
  await expect(driver().activate(release("v2"), act())).rejects.toMatchObject({
    failure: { code: "release-not-staged", what: expect.stringContaining("not those") },
  });
  expect(await driver().current(act())).toEqual(release("v1"));
});

test("a name with a hash that is used again for something else is refused before anything is sent", async () => {
  await deploy("v1", { "assets/x.1a2b3c4d.js": "one" });
  const from = await source("v2", { "assets/x.1a2b3c4d.js": "two" });
  await expect(driver().stage(release("v2"), from, act())).rejects.toMatchObject({
    failure: { code: "hashed-name-reused", what: expect.stringContaining("x.1a2b3c4d.js") },
  });
});

test("a `current` that is not ours is left alone", async () => {
  await mkdir(www("current"), { recursive: true });
  await writeFile(www("current", "index.html"), "theirs");
  await expect(deploy("v1")).rejects.toMatchObject({ failure: { code: "not-ours" } });
  await driver().retire(undefined, act());
  expect(await readFile(www("current", "index.html"), "utf8")).toBe("theirs");
});

test("where nothing was ever put there is nothing to take back, whoever may write there", async () => {
  // Also root can't make a folder in a file.
  await writeFile(www(), "in the way");
  await expect(driver().stage(release("v1"), await source("v1"), act())).rejects.toMatchObject({
    failure: { code: "folder-not-writable", fix: expect.stringContaining("sudo install -d -o") },
  });
  await driver({ fence: 7 }).retire(release("v1"), act());
  await driver({ fence: 7 }).retire(undefined, act());
  expect(await readFile(www(), "utf8")).toBe("in the way");
});

test("a folder with the files that is not there is named, with the one that is probably meant", async () => {
  const from = await source("webb");
  await expect(driver().stage(release("v1"), from.slice(0, -1) + "a", act())).rejects.toMatchObject(
    {
      failure: { code: "folder-not-readable", fix: expect.stringContaining(`Is ${from} meant?`) },
    },
  );
});

test("a release without its document is refused", async () => {
  const from = await source("v1");
  await rm(path.join(from, "index.html"));
  await expect(driver().stage(release("v1"), from, act())).rejects.toMatchObject({
    failure: { code: "no-document" },
  });
});

test("releases beyond `keep` go, and what they alone had; files are readable by a web server", async () => {
  const from = await source("v0");
  await chmod(path.join(from, "index.html"), 0o600);
  for (const name of ["v0", "v1", "v2", "v3"]) {
    await deploy(name);
    await driver({ options: { keep: 2 } }).settle(act());
  }
  expect((await readdir(www("releases"))).toSorted()).toEqual(["v2+abc", "v3+abc"]);
  expect(await readdir(www("shown"))).toHaveLength(1);
  await driver().activate(release("v2"), act());
  expect((await fetch(server.url)).status).toBe(200);
});
