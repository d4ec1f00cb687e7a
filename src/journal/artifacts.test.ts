import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createMask } from "../lib/mask.ts";
import { openArtifacts } from "./artifacts.ts";

const plain = createMask([]);
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "seaworthy-artifacts-"));
});

afterEach(() => rm(folder, { recursive: true }));

const contentOf = (name: string) => readFile(join(folder, "runs", "7", name), "utf8");
const sha256 = (content: string) => createHash("sha256").update(content).digest("hex");

test("keeps what was written, with its digest and size", async () => {
  const artifacts = openArtifacts(folder, "7", plain);
  const sink = await artifacts.open("logs/up.log");
  sink.write("first ");
  sink.write(Buffer.from("second ü"));
  const evidence = await sink.close();

  expect(await contentOf("logs/up.log")).toBe("first second ü");
  expect(evidence).toEqual({ name: "logs/up.log", sha256: sha256("first second ü"), bytes: 15 });
  expect(await artifacts.list()).toEqual([evidence]);
});

test("touches nothing before the first artifact", async () => {
  const artifacts = openArtifacts(folder, "7", plain);

  expect(artifacts.folder).toBe(join(folder, "runs", "7"));
  expect(await artifacts.list()).toEqual([]);
  expect(await readdir(folder)).toEqual([]);
});

test("never gives a name twice, whether it is used, only given, or written by another process", async () => {
  const artifacts = openArtifacts(folder, "7", plain);
  await artifacts.save("up.log", "one");
  expect(await artifacts.name("up.log")).toBe("up.2.log");
  await writeFile(artifacts.path("up.3.log"), "somebody else's");
  expect((await artifacts.save("up.log", "four")).name).toBe("up.4.log");
  expect(await artifacts.name("up")).toBe("up");
  expect(await artifacts.name("up")).toBe("up.2");
  expect(await artifacts.name("data/dump.tar.gz")).toBe("data/dump.tar.gz");
  expect(await artifacts.name("data/dump.tar.gz")).toBe("data/dump.tar.2.gz");

  expect(await contentOf("up.log")).toBe("one");
  expect(await contentOf("up.3.log")).toBe("somebody else's");
});

test("another process goes on with the names after those that exist", async () => {
  await openArtifacts(folder, "7", plain).save("up.log", "one");

  expect(await openArtifacts(folder, "7", plain).name("up.log")).toBe("up.2.log");
});

test("opening a name that is taken overwrites nothing", async () => {
  const artifacts = openArtifacts(folder, "7", plain);
  await artifacts.save("up.log", "one");

  await expect(artifacts.open("up.log")).rejects.toMatchObject({
    failure: { code: "artifact-unwritable" },
  });
  expect(await contentOf("up.log")).toBe("one");
  expect(await artifacts.list()).toHaveLength(1);
});

test("a given name's folder is there, so that another process can write to the path at once", async () => {
  const artifacts = openArtifacts(folder, "7", plain);
  const name = await artifacts.name("deep/er/out.log");
  await writeFile(artifacts.path(name), "output");

  expect(await artifacts.list()).toEqual([
    { name: "deep/er/out.log", sha256: sha256("output"), bytes: 6 },
  ]);
});

test.each([
  "",
  "/etc/passwd",
  "../up.log",
  "logs/../../up.log",
  "logs//up.log",
  "./up.log",
  "logs/",
  "..",
  "up\u0000.log",
  "up\n.log",
  "up\u202egol.",
  "logs\\up.log",
  "\ud800",
  "a".repeat(201),
  "a/".repeat(600) + "a",
])("%j is no name for an artifact", async (wish) => {
  const artifacts = openArtifacts(folder, "7", plain);
  const outside = { failure: { code: "artifact-outside" } };

  await expect(artifacts.name(wish)).rejects.toMatchObject(outside);
  await expect(artifacts.open(wish)).rejects.toMatchObject(outside);
  await expect(artifacts.save(wish, "x")).rejects.toMatchObject(outside);
  expect(() => artifacts.path(wish)).toThrow("is not a name for an artifact");
  expect(await readdir(folder)).toEqual([]);
});

test.each(["manifest.json", "manifest.2.json", ".closed.jsonl"])(
  "%s belongs to Seaworthy",
  async (wish) => {
    await expect(openArtifacts(folder, "7", plain).save(wish, "x")).rejects.toMatchObject({
      failure: { code: "artifact-reserved" },
    });
  },
);

test("a run id that leads elsewhere is our mistake", () => {
  expect(() => openArtifacts(folder, "../7", plain)).toThrow("not a run id");
});

test.each(["link/up.log", "link"])("%s is not followed out of the folder", async (wish) => {
  const artifacts = openArtifacts(folder, "7", plain);
  const elsewhere = join(folder, "elsewhere");
  await mkdir(elsewhere);
  await mkdir(artifacts.folder, { recursive: true });
  await symlink(elsewhere, join(artifacts.folder, "link"));

  await expect(artifacts.save(wish, "x")).rejects.toMatchObject({
    failure: { code: "artifact-outside" },
  });
  expect(() => artifacts.path(wish)).toThrow("symbolic link");
  expect(await readdir(elsewhere)).toEqual([]);
});

test("links that a command left behind are not listed", async () => {
  const artifacts = openArtifacts(folder, "7", plain);
  const { name } = await artifacts.save("up.log", "x");
  await writeFile(join(folder, "secret"), "of another");
  await symlink(join(folder, "secret"), join(artifacts.folder, "link"));
  await symlink(folder, join(artifacts.folder, "folder"));

  expect((await artifacts.list()).map((evidence) => evidence.name)).toEqual([name]);
});

test("a secret is masked even where two chunks meet, and the digest is that of what is stored", async () => {
  const artifacts = openArtifacts(folder, "7", createMask(["hunter2-hunter2"]));
  const sink = await artifacts.open("up.log");
  sink.write("password hunter2-");
  sink.write("hunter2 accepted\nagain hunter2-hunter2 hunter2-h");
  const evidence = await sink.close();

  expect(await contentOf("up.log")).toBe("password *** accepted\nagain *** hunter2-h");
  expect(evidence.sha256).toBe(sha256("password *** accepted\nagain *** hunter2-h"));
});

test("beyond the cap the beginning and the end are kept, and the gap says how much is missing", async () => {
  const artifacts = openArtifacts(folder, "7", plain);
  const sink = await artifacts.open("flood.log", { keepBytes: 20 });
  for (let line = 0; line < 100; line += 1) sink.write(`line ${String(line).padStart(3, "0")}.`);
  const evidence = await sink.close();

  const expected = "line 000.l\n[seaworthy left out 880 bytes here]\n.line 099.";
  expect(await contentOf("flood.log")).toBe(expected);
  expect(evidence).toEqual({
    name: "flood.log",
    sha256: sha256(expected),
    bytes: expected.length,
    droppedBytes: 880,
  });
});

test("exactly as much as the cap is kept whole", async () => {
  const artifacts = openArtifacts(folder, "7", plain);
  const sink = await artifacts.open("up.log", { keepBytes: 9 });
  sink.write("123456789");

  expect(await sink.close()).not.toHaveProperty("droppedBytes");
  expect(await contentOf("up.log")).toBe("123456789");
});

test("another process still knows what was left out", async () => {
  const sink = await openArtifacts(folder, "7", plain).open("flood.log", { keepBytes: 4 });
  sink.write("0123456789");
  const evidence = await sink.close();

  expect(await openArtifacts(folder, "7", plain).list()).toEqual([evidence]);
});

test("a changed file keeps the digest that it was closed with, so that the change can be found", async () => {
  const artifacts = openArtifacts(folder, "7", plain);
  const evidence = await artifacts.save("report.xml", "passed");
  await writeFile(artifacts.path("report.xml"), "forged");

  expect(await artifacts.list()).toEqual([evidence]);
});

test("a note that a crash has cut does not hide the file, nor the notes after it", async () => {
  const artifacts = openArtifacts(folder, "7", plain);
  await artifacts.save("a.log", "a");
  const notes = join(artifacts.folder, ".closed.jsonl");
  await writeFile(notes, (await readFile(notes, "utf8")).slice(0, 20));
  const sink = await artifacts.open("b.log", { keepBytes: 2 });
  sink.write("bbbb");
  const later = await sink.close();

  expect(later.droppedBytes).toBe(2);
  expect(await artifacts.list()).toEqual([{ name: "a.log", sha256: sha256("a"), bytes: 1 }, later]);
});

test("a sink that is still open is not listed, and closing twice is closing once", async () => {
  const artifacts = openArtifacts(folder, "7", plain);
  const sink = await artifacts.open("up.log");
  sink.write("x");
  expect(await artifacts.list()).toEqual([]);

  expect(await sink.close()).toEqual(await sink.close());
  expect(() => sink.write("y")).toThrow("closed");
});

test("the manifest names every artifact with its digest, and is not one of them", async () => {
  const artifacts = openArtifacts(folder, "7", plain);
  await artifacts.save("up.log", "x");
  await writeFile(artifacts.path(await artifacts.name("command.log")), "output");
  const sealed = await artifacts.seal();

  const text = await contentOf("manifest.json");
  expect(sealed).toEqual({ name: "manifest.json", sha256: sha256(text), bytes: text.length });
  expect(JSON.parse(text)).toEqual({ version: 1, run: "7", artifacts: await artifacts.list() });
  expect((await artifacts.list()).map(({ name }) => name)).toEqual(["command.log", "up.log"]);
  expect((await readdir(artifacts.folder)).toSorted()).toEqual([
    ".closed.jsonl",
    "command.log",
    "manifest.json",
    "up.log",
  ]);
});

test("sealing twice is sealing once, and sealing more adds a manifest", async () => {
  const artifacts = openArtifacts(folder, "7", plain);
  await artifacts.save("up.log", "x");
  const sealed = await artifacts.seal();
  expect(await artifacts.seal()).toEqual(sealed);

  await artifacts.save("up.log", "y");
  expect((await artifacts.seal()).name).toBe("manifest.2.json");
  expect(sha256(await contentOf("manifest.json"))).toBe(sealed.sha256);
});
