import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fakePreparation, fakeWork, type Given } from "../../../test/rig/fake-work.ts";
import { folderHosts } from "../../../test/rig/folder-hosts.ts";
import type { Result } from "../../model/event.ts";
import { Fault } from "../../model/failure.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import type { Command } from "../../ports/shell.ts";
import { key } from "./index.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "key-test-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const [OLD, NEW] = [randomBytes(32).toString("hex"), randomBytes(32).toString("hex")];
const PHASES = ["run", "probe", "undo", "prove", "accept"] as const;

interface Around extends Given {
  readonly value?: string;
  /** Hosts that can't be reached. */
  readonly away?: readonly string[];
}

/** One part of the step on hosts that share this machine: each has its own path, below its home. */
async function act(phase: (typeof PHASES)[number], more: object = {}, around: Around = {}) {
  const { value = NEW, away = [], ...given } = around;
  const at = path.join(folder, "app1", "blob.key");
  await using fake = await fakeWork(key, {
    folder,
    ...given,
    spec: { secret: "BLOB_KEY", at, form: "hex", bytes: 32, ...more },
    secrets: { BLOB_KEY: value },
  });
  const hosts = folderHosts(folder, { app1: { isAway: away.includes("app1") } });
  const resolved = await hosts;
  const part = key[phase]?.bind(key);
  const result = await part?.({ ...fake.work, hosts: resolved }).catch((error: unknown): Result => {
    if (error instanceof Fault) return { outcome: "error", failure: error.failure };
    throw error;
  });
  const facts = { ...fake.work.facts, ...result?.facts } as Record<string, Json>;
  return { result, facts, asked: resolved.asked, said: fake.said };
}

const file = () => path.join(folder, "app1", "blob.key");
const content = () => readFile(file(), "utf8").catch(() => undefined);
const beside = async () =>
  (await readdir(path.join(folder, "app1"))).filter((each) => each.startsWith("blob"));

async function lay(text: string): Promise<void> {
  await act("run", { check: true });
  await writeFile(file(), text, { mode: 0o600 });
}

test("puts a key where none was, for its owner alone, and proves it there", async () => {
  const { result, facts } = await act("run");

  expect(result).toMatchObject({
    outcome: "passed",
    summary: expect.stringMatching(/^32 bytes at .*blob\.key on 1 host, fingerprint [0-9a-f]{16}$/),
    numbers: { hosts: 1, written: 1, bytes: 32 },
  });
  expect(await content()).toBe(NEW);
  expect((await stat(file())).mode & 0o777).toBe(0o600);
  expect(facts["key_before"]).toEqual({ app1: { is: "absent" } });
});

test("says and keeps nothing that tells the key", async () => {
  const { result, facts, asked, said } = await act("run");
  const argv = asked.map((command: Command) => command.argv.join(" "));

  expect(JSON.stringify([result, facts, argv, said])).not.toContain(NEW.slice(0, 12));
  const files = await readdir(path.join(folder, "store"), { recursive: true });
  const store = await Promise.all(
    files.map((each) => readFile(path.join(folder, "store", each), "utf8").catch(() => "")),
  );
  expect(store.join("\n")).not.toContain(NEW.slice(0, 12));
  expect((await stat(path.join(folder, "store/key/fingerprints.key"))).mode & 0o777).toBe(0o600);
});

test("leaves the same key alone", async () => {
  await act("run");
  const { result, facts } = await act("run");

  expect(result).toMatchObject({ outcome: "passed", numbers: { written: 0 } });
  expect(facts["key_before"]).toMatchObject({ app1: { is: "same" } });
});

test("finds another key before anything is written, and says what that would mean", async () => {
  await lay(OLD);
  const { result, facts } = await act("run");

  expect(result).toMatchObject({ outcome: "failed", failure: { code: "key-changed" } });
  expect(result?.failure?.what).toMatch(
    /BLOB_KEY is not the one at .* on app1\. Nothing was changed\.$/,
  );
  expect(result?.failure?.fix).toContain("secrets manager");
  expect(await content()).toBe(OLD);
  expect(facts["key_before"]).toBeUndefined();
});

test("finds another key than that of the last accepted run, though the host is new", async () => {
  const first = await act("run", {}, { value: OLD });
  await act("accept", {}, { value: OLD, facts: first.facts, run: "40" });
  await rm(file());
  const { result } = await act("run");

  expect(result?.failure?.what).toContain("that of the last accepted run (40)");
  expect(await content()).toBeUndefined();
});

test("says whether the key is the same as in the last accepted run", async () => {
  const first = await act("run");
  await act("accept", {}, { facts: first.facts, run: "40" });

  expect((await act("run")).result?.summary).toMatch(/, the same as in run 40$/);
});

test("replaces another key where it may, and lets it go once the run is accepted", async () => {
  await lay(OLD);
  const { result, facts } = await act("run", { must_stay: false });

  expect(result?.outcome).toBe("passed");
  expect(await content()).toBe(NEW);
  expect(await beside()).toEqual(["blob.key", "blob.key.before-41-key"]);
  expect((await stat(`${file()}.before-41-key`)).mode & 0o777).toBe(0o600);

  await act("accept", { must_stay: false }, { facts });
  expect(await beside()).toEqual(["blob.key"]);
});

test.each([
  ["the old key", OLD],
  ["no key", undefined],
])("brings %s back, as often as it is told to", async (_, old) => {
  if (old !== undefined) await lay(old);
  const { facts } = await act("run", { must_stay: false });
  const all = { must_stay: false };

  expect((await act("prove", all, { facts })).result?.failure?.code).toBe("key-not-back");
  expect((await act("probe", all, { facts })).result?.outcome).toBe("passed");
  expect((await act("undo", all, { facts })).result?.outcome).toBe("passed");
  expect(await content()).toBe(old);
  expect((await act("undo", all, { facts })).result?.outcome).toBe("passed");
  expect((await act("prove", all, { facts })).result?.outcome).toBe("passed");
  expect(await content()).toBe(old);
  expect(await beside()).toEqual(old === undefined ? [] : ["blob.key"]);
});

test("goes on where it was killed: the first look is what the way back leads to", async () => {
  await lay(OLD);
  const first = await act("run", { must_stay: false });
  const again = await act("run", { must_stay: false }, { facts: first.facts, attempt: 2 });

  expect(again.result?.outcome).toBe("passed");
  expect(again.facts["key_before"]).toEqual(first.facts["key_before"]);
  await act("undo", { must_stay: false }, { facts: again.facts });
  expect(await content()).toBe(OLD);
});

test("says before it goes back that the old key is gone, and does not take ours away", async () => {
  await lay(OLD);
  const { facts } = await act("run", { must_stay: false });
  await rm(`${file()}.before-41-key`);

  expect((await act("probe", { must_stay: false }, { facts })).result?.failure?.code).toBe(
    "key-before-gone",
  );
  expect((await act("undo", { must_stay: false }, { facts })).result?.outcome).toBe("error");
  expect(await content()).toBe(NEW);
});

test("takes no key away that somebody else has put there meanwhile", async () => {
  const { facts } = await act("run");
  await writeFile(file(), OLD);
  await act("undo", {}, { facts });

  expect(await content()).toBe(OLD);
  expect((await act("prove", {}, { facts })).result?.failure?.code).toBe("key-not-back");
});

test.each<[string, string, object, string]>([
  ["is too short", NEW.slice(2), {}, "key-wrong-length"],
  ["is no hex", `xy${NEW.slice(2)}`, {}, "key-wrong-form"],
  ["is empty", "", {}, "key-wrong-form"],
  ["is no base64", "a?==", { form: "base64" }, "key-wrong-form"],
])("a key that %s is sent nowhere", async (_, value, more, code) => {
  const { result, asked } = await act("run", more, { value });

  expect(result?.failure?.code).toBe(code);
  expect(asked).toEqual([]);
});

test.each<[string, string]>([
  ["text", "twelve bytes"],
  ["hex", "00ff10203040506070809012"],
  ["base64", Buffer.from("twelve bytes").toString("base64")],
])("the length of a key as %s is told on the host", async (form, value) => {
  expect((await act("run", { form, bytes: 12 }, { value })).result?.outcome).toBe("passed");
});

test.each<[string, () => Promise<void>, string, RegExp]>([
  ["is there", () => lay(NEW), "passed", /^$/],
  ["is not there", async () => undefined, "failed", /app1 has no such file/],
  ["is another", () => lay(OLD), "failed", /app1 has another key/],
  ["has a line end more", () => lay(`${NEW}\n`), "failed", /app1 has another key/],
  [
    "can be read by others",
    () => lay(NEW).then(() => chmod(file(), 0o644)),
    "failed",
    /app1 has it with mode 0644, not 0600/,
  ],
])("a check of a key that %s", async (_, prepare, outcome, what) => {
  await prepare();
  const before = await content();
  const { result } = await act("run", { check: true });

  expect(result?.outcome).toBe(outcome);
  expect(result?.failure?.what ?? "").toMatch(what);
  expect(await content()).toBe(before);
});

test("a host that is away stops it before anything is written", async () => {
  const { result } = await act("run", {}, { away: ["app1"] });

  expect(result?.failure?.code).toBe("host-unreachable");
});

test.each<[string, object, readonly string[]]>([
  ["a secret that it is not given", { secret: "OTHER" }, ["blame-secret"]],
  ["a mode for everybody", { mode: "0644" }, ["blame-mode"]],
  ["a host that is not there", { hosts: ["app9"] }, ["blame-hosts"]],
  ["a check that replaces", { check: true, must_stay: false }, ["blame-must_stay"]],
  ["nothing", {}, []],
])("validate refuses %s", (_, more, codes) => {
  const spec = key.spec.parse({ secret: "BLOB_KEY", at: "/srv/blob.key", ...more }) as JsonObject;
  const given = fakePreparation({ hosts: ["app1"], names: ["BLOB_KEY"] });

  expect(key.prepare?.(spec, given).diagnostics.map(({ code }) => code)).toEqual(codes);
});

test.each([
  ["a path that begins nowhere", { at: "blob.key" }],
  ["a folder", { at: "/srv/" }],
  ["a mode that is none", { mode: "rw" }],
])("does not read %s", (_, more) => {
  expect(key.spec.safeParse({ secret: "A", at: "/srv/a", ...more }).success).toBe(false);
});
