import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fakePreparation, fakeWork, type Given } from "../../../test/rig/fake-work.ts";
import { folderHosts } from "../../../test/rig/folder-hosts.ts";
import { plainShell } from "../../../test/rig/plain-shell.ts";
import type { JsonObject } from "../../model/json.ts";
import { isSame, lacking, readList, stable, withoutManners } from "./files/list.ts";
import { backup } from "./index.ts";
import { backupSpec } from "./spec.ts";
import { readAnswer, sound } from "./sqlite-on-host/answer.ts";
import { digestIn, refuseOther } from "./transfer.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "seaworthy-backup-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("the spec", () => {
  test.each<[string, object, string]>([
    ["a relative database of a host", { sqlite: "a.db", in: "app1" }, "sqlite"],
    ["a relative folder of a host", { folder: "a", in: "app1" }, "folder"],
    ["a part for a database file", { sqlite: "/a.db", in: "stack/web" }, "in"],
    ["a place beside that of the tools", { postgres: { database: "a" }, in: "app1" }, "in"],
    ["copies on no host", { sqlite: "a.db", store: "host" }, "store"],
    ["copies in a part", { postgres: { in: "stack/db", database: "a" }, store: "host" }, "store"],
  ])("refuses %s", (_, spec, key) => {
    const issues = backupSpec.safeParse(spec).error?.issues ?? [];

    expect(issues.map(({ path }) => path[0])).toEqual([key]);
  });

  test.each([
    [{ sqlite: "/a.db", in: "app1", store: "host", within: "5m" }],
    [{ folder: "files" }],
    [{ postgres: { in: "app1", database: "a" }, store: "host" }],
  ])("takes %j", (spec) => {
    expect(backupSpec.safeParse(spec).success).toBe(true);
  });

  test.each<[object, string[]]>([
    [{ sqlite: "/a.db", in: "app1" }, []],
    [{ sqlite: "/a.db", in: "app2" }, ["blame-in"]],
    [{ mysql: { in: "app2", database: "a" } }, ["blame-in"]],
  ])("knows the hosts of the environment: %j", (spec, codes) => {
    const preparation = fakePreparation({ hosts: ["app1"] });
    const prepared = backup.prepare?.(backup.spec.parse(spec) as JsonObject, preparation);

    expect(prepared?.diagnostics.map(({ code }) => code)).toEqual(codes);
  });

  test("says where the data are, and the copies", () => {
    const spec = backup.spec.parse({ sqlite: "/srv/a.db", in: "app1", store: "host" });

    expect(backup.describe(spec as JsonObject)).toBe(
      "back up /srv/a.db on app1, check the copy and try to restore it; keep 5 on app1",
    );
  });
});

test("what a host's SQLite says is read line by line", () => {
  const said = readAnswer(
    '{"name":"a\\nb","rows":3}\n{"sha256":"x","bytes":9}\n{"integrity":"ok"}\n',
  );

  expect(said).toEqual({ tables: [{ name: "a\nb", rows: 3 }], sha256: "x", integrity: "ok" });
  expect(sound("a", said)).toEqual([{ name: "a\nb", rows: 3 }]);
  expect(() => sound("a.db", readAnswer('{"integrity":"row 3 missing"}'))).toThrow("row 3 missing");
});

test("a copy that changed on its way is none", () => {
  const sum = "a".repeat(64);

  expect(digestIn(`noise\n${sum}  -\n`)).toBe(sum);
  expect(digestIn("nothing")).toBeUndefined();
  expect(() => refuseOther("sent", sum, sum)).not.toThrow();
  expect(() => refuseOther("sent", sum, "b".repeat(64))).toThrow("not the same at both ends");
  expect(() => refuseOther("sent", undefined, undefined)).toThrow("not known");
});

const list = (mode: string, digest = "d1") =>
  readList(`directory|755|0|0|'.'\nregular file|${mode}|0|0|'./a|b'\n\n${digest}  ./a|b\n`, 1_000);

describe("the list of a folder", () => {
  test("is another when a mode or a byte is", () => {
    expect(isSame(list("640"), list("640"))).toBe(true);
    expect(isSame(list("640"), list("600"))).toBe(false);
    expect(isSame(list("640"), list("640", "d2"))).toBe(false);
    expect(isSame(withoutManners(list("640")), withoutManners(list("600")))).toBe(true);
    expect(withoutManners(list("640")).named).toContain("regular file|'./a|b'");
  });

  test("holds to what nobody wrote to meanwhile, and names what is lacking", () => {
    const kept = stable(list("640"), list("640", "d2"));

    expect(kept.digests).toEqual([]);
    expect(lacking(kept, list("640", "d3"))).toBeUndefined();
    expect(lacking(list("640"), list("640", "d3"))).toBe("d1  ./a|b");
  });

  test("is not believed when it was cut", () => {
    expect(() => readList("x".repeat(10), 10)).toThrow("longer than 10 bytes");
  });
});

/** A deploy behind the backup that has begun to activate its release. */
const BEGUN: Given = {
  stepsAfter: [{ id: "up", kind: "deploy" }],
  factsOf: { up: { changes_data: true } },
};

test.each<[string, object, readonly string[], string]>([
  [
    "not when nothing was done to its host",
    { sqlite: "/a.db", in: "app1" },
    ["app1"],
    "nothing was done to app1 in this run; its data are left as they are",
  ],
  [
    "when another host was left alone",
    { sqlite: "/a.db", in: "app1" },
    ["app2"],
    "there is no backup to restore",
  ],
  [
    "of a folder all the same: other hosts may write to it",
    { folder: "/a", in: "app1" },
    ["app1"],
    "there is no backup to restore",
  ],
])("data of a host are put back %s", async (_, spec, untouched, summary) => {
  await using at = await fakeWork(backup, {
    spec: { ...spec, restore_on_rollback: true },
    stepsAfter: [{ id: "up", kind: "deploy" }],
    factsOf: { up: { changes_data: true, untouched_hosts: untouched } },
  });

  expect(await backup.undo?.(at.work)).toMatchObject({ outcome: "passed", summary });
});

const files = () => join(folder, "files");

describe.runIf(process.platform === "linux").each<[string, object]>([
  ["of this machine", {}],
  ["of a host", { in: "app1" }],
  ["of a host that keeps the copies", { in: "app1", store: "host" }],
])("a folder %s", (_, where) => {
  async function step(given: Given = {}, more: object = {}) {
    const spec = { folder: files(), restore_on_rollback: true, at_least: "1KB", ...where, ...more };
    const hosts = await folderHosts(join(folder, "hosts"), { app1: {} });
    return fakeWork(backup, { shell: plainShell(), hosts, ...given, spec });
  }
  beforeEach(async () => {
    await mkdir(join(files(), "deep"), { recursive: true });
    await writeFile(join(files(), "deep/one\ntwo"), "first");
    await writeFile(join(files(), "-dash"), "second");
  });

  test("comes back as it was; too slow is said with what was promised", async () => {
    await using at = await step();
    const { outcome, facts = {}, numbers } = await backup.run(at.work);
    expect([outcome, numbers?.["files"]]).toEqual(["passed", 2]);
    await rm(join(files(), "deep"), { recursive: true });
    await writeFile(join(files(), "later"), "third");

    let ms = 0;
    const slow = { now: () => 0, monotonic: () => (ms += 7_000), sleep: async () => undefined };
    const given = { facts: { ...at.work.facts, ...facts }, folder: at.folder, ...BEGUN };
    await using after = await step(given, { within: "5s" });
    const work = Object.create(after.work, { clock: { value: slow } });
    const result = await backup.undo?.(work);

    expect(result).toMatchObject({ outcome: "passed", numbers: { restore_ms: 7_000, files: 2 } });
    expect(result?.warnings?.at(-1)).toBe(
      "Putting the copy back took 7 s; 5 s was promised (`within`).",
    );
    expect((await readdir(files())).toSorted()).toEqual(["-dash", "deep"]);
    expect(await readFile(join(files(), "deep/one\ntwo"), "utf8")).toBe("first");
  });

  test("is not touched when its copy was changed", async () => {
    await using at = await step();
    const { facts = {} } = await backup.run(at.work);
    await writeFile(facts["path"] as string, "something else");
    await writeFile(join(files(), "later"), "third");
    await using after = await step({ facts, folder: at.folder, ...BEGUN });

    await expect(backup.probe?.(after.work)).rejects.toMatchObject({
      failure: { code: "backup-changed" },
    });
    await expect(backup.undo?.(after.work)).rejects.toMatchObject({
      failure: { code: "backup-changed" },
    });
    expect(await readdir(files())).toContain("later");
  });

  test("that is empty, or is none, is no backup", async () => {
    await rm(files(), { recursive: true });
    await using none = await step();
    expect(await backup.run(none.work)).toMatchObject({
      failure: { code: "backup-source-missing" },
    });
    await mkdir(files());
    await using empty = await step();
    expect(await backup.run(empty.work)).toMatchObject({ failure: { code: "backup-empty" } });
    await rm(files(), { recursive: true });
    await writeFile(files(), "a file");
    await using file = await step();
    await expect(backup.run(file.work)).rejects.toMatchObject({
      failure: { code: "backup-source-unusable" },
    });
  });
});
