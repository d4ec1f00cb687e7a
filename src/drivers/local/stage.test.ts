import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Fault } from "../../model/failure.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Act } from "../../ports/driver.ts";
import type { Shell } from "../../ports/shell.ts";
import { layout } from "./layout.ts";
import { options } from "./options.ts";
import { readRecord } from "./records.ts";
import type { Setting } from "./specs.ts";
import { missing, stage } from "./stage.ts";

const release = { id: "v1+abc", name: "v1" };
const act: Act = { signal: new AbortController().signal, timeoutMs: 1000, say: () => {} };

let folder: string;
let from: string;
let keys: string[];
let end: (key: string) => "passes" | "fails" | "lost" | "power cut";
let now: number;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "seaworthy-stage-"));
  from = path.join(folder, "from");
  await mkdir(path.join(from, "lib"), { recursive: true });
  await writeFile(path.join(from, "app.js"), "app");
  await writeFile(path.join(from, "lib", "empty.js"), "");
  keys = [];
  end = () => "passes";
  now = 1000;
});
afterEach(() => rm(folder, { recursive: true }));

function setting(more: object = {}): Setting {
  const given = {
    processes: { web: { command: ["node"] } },
    port: 1,
    ready: { get: "/" },
    ...more,
  };
  return {
    options: options.parse(given),
    layout: layout(path.join(folder, "target")),
    environment: "e",
    target: "t",
    secrets: {},
    self: ["node"],
  };
}

function put(of: Setting) {
  const shell: Pick<Shell, "run"> = {
    async run(key) {
      keys.push(key);
      const how = end(key);
      if (how === "power cut") throw new Error(how);
      if (how === "lost") throw new Fault({ code: "command-lost", what: "Lost.", fix: "Look." });
      return { ended: { how: "exit", code: how === "passes" ? 0 : 1 }, tail: "", durationMs: 1 };
    },
  };
  const clock: Pick<Clock, "now"> = { now: () => now++ };
  return stage(of, { shell: shell as Shell, clock: clock as Clock }, { release, from, act });
}

const releases = async () =>
  (await readdir(path.join(folder, "target", "releases"))).toSorted((a, b) => a.localeCompare(b));
const inRelease = (...parts: string[]) =>
  path.join(folder, "target", "releases", release.id, ...parts);

test("copies everything but what belongs to git and to Seaworthy", async () => {
  for (const hidden of [".git", ".seaworthy", "lib/.git"])
    await mkdir(path.join(from, hidden), { recursive: true });
  await writeFile(path.join(from, ".env.example"), "A=");
  await symlink("app.js", path.join(from, "link.js"));
  await put(setting());
  expect(
    (await readdir(inRelease(), { recursive: true })).toSorted((a, b) => a.localeCompare(b)),
  ).toEqual([".env.example", "app.js", "lib", "lib/empty.js", "link.js"]);
  expect(await readlink(inRelease("link.js"))).toBe("app.js");
});

test("copies a folder that the target's own folder lies in", async () => {
  const own = setting();
  await put({ ...own, layout: layout(path.join(from, ".seaworthy", "targets", "e", "t")) });
  expect(
    await missing(layout(path.join(from, ".seaworthy", "targets", "e", "t")), release.id),
  ).toBeUndefined();
});

test("makes again what was interrupted, and leaves no half copy of any release", async () => {
  const target = path.join(folder, "target", "releases");
  await mkdir(path.join(target, "v0+old.partial"), { recursive: true });
  await mkdir(path.join(target, "v1+abc.partial"), { recursive: true });
  await writeFile(path.join(target, "v1+abc.partial", "half.js"), "");
  await put(setting());
  expect(await releases()).toEqual(["v1+abc", "v1+abc.files", "v1+abc.json"]);
  expect(await readdir(inRelease())).not.toContain("half.js");
});

test.each([
  ["a record without its files", "v1+abc"],
  ["files without their list", "v1+abc.files"],
  ["files without a record", "v1+abc.json"],
  ["files of which one is gone", "v1+abc/app.js"],
])("copies again where a crash left %s", async (_, gone) => {
  await put(setting());
  await rm(path.join(folder, "target", "releases", gone), { recursive: true });
  await put(setting());
  expect(await missing(setting().layout, release.id)).toBeUndefined();
  expect((await readRecord(setting().layout, release.id))?.state).toBe("staged");
});

test("asks for the same command again after a crash in the middle of it, and for nothing once it is in place", async () => {
  const own = setting({
    prepare: [
      ["npm", "ci"],
      ["npm", "run", "build"],
    ],
  });
  end = (key) => (key.endsWith("/1") ? "power cut" : "passes");
  await expect(put(own)).rejects.toThrow("power cut");
  end = () => "passes";
  await put(own);
  await put(own);
  expect(keys.map((key) => key.slice(-1))).toEqual(["0", "1", "0", "1"]);
  expect(new Set(keys).size).toBe(2);
});

test("a command of which nobody can say how it ended is begun again on a fresh copy", async () => {
  const own = setting({ prepare: [["npm", "ci"]] });
  end = () => "lost";
  await expect(put(own)).rejects.toMatchObject({ failure: { code: "command-lost" } });
  expect(await releases()).toEqual([]);
  end = () => "passes";
  await put(own);
  expect(new Set(keys).size).toBe(2);
});

test("a command that failed is not remembered: the next copy is another one", async () => {
  const own = setting({ prepare: [["npm", "ci"]] });
  end = () => "fails";
  await expect(put(own)).rejects.toMatchObject({ failure: { code: "prepare-failed" } });
  end = () => "passes";
  await put(own);
  expect(new Set(keys).size).toBe(2);
});

test("makes the folder of what outlives releases, also where the project has it", async () => {
  const shared = path.join(folder, "project", "data");
  const own = { ...setting(), layout: layout(path.join(folder, "target"), shared) };
  await put(own);
  expect(await readdir(shared)).toEqual([]);
});

test("links lead to where the project has its data", async () => {
  const shared = path.join(folder, "project", "data");
  const own = setting({ shared: ["var/uploads"] });
  await put({ ...own, layout: layout(path.join(folder, "target"), shared) });
  await writeFile(inRelease("var", "uploads", "a.txt"), "written by the application");
  expect(await readFile(path.join(shared, "var", "uploads", "a.txt"), "utf8")).toContain("written");
  expect(await readdir(path.join(folder, "target"))).toEqual(["releases"]);
});

test("links what is shared, and seeds it with what the first release brings along", async () => {
  await mkdir(path.join(from, "data"));
  await writeFile(path.join(from, "data", "seed.txt"), "first");
  const own = setting({ shared: ["data", "var/uploads", "var/app.db"] });
  await put(own);
  const shared = path.join(folder, "target", "shared");
  expect(await readFile(inRelease("data", "seed.txt"), "utf8")).toBe("first");
  expect(await readdir(path.join(shared, "var"))).toEqual(["uploads"]);
  await writeFile(inRelease("var", "app.db"), "rows");
  expect(await readFile(path.join(shared, "var", "app.db"), "utf8")).toBe("rows");

  await writeFile(path.join(shared, "data", "seed.txt"), "written by the application");
  await rm(own.layout.record(release.id));
  await put(own);
  expect(await readFile(inRelease("data", "seed.txt"), "utf8")).toBe("written by the application");
});

test("a file that the application rewrote is no damage, one that was emptied is", async () => {
  await put(setting());
  await writeFile(inRelease("app.js"), "other and longer");
  expect(await missing(setting().layout, release.id)).toBeUndefined();
  await writeFile(inRelease("app.js"), "");
  expect(await missing(setting().layout, release.id)).toBe("app.js");
});

test.each(["../up", "a/b", ".", "..", "v1.partial", ""])(
  "refuses the release id %j",
  async (id) => {
    await expect(readRecord(setting().layout, id)).rejects.toMatchObject({
      failure: { code: "release-id-unsafe" },
    });
  },
);
