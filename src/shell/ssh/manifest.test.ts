import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { wayOut } from "./manifest-links.ts";
import { readManifest } from "./manifest.ts";

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function made(files: Readonly<Record<string, string>> = {}): string {
  const at = mkdtempSync(join(tmpdir(), "seaworthy-manifest-"));
  folders.push(at);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(at, name)), { recursive: true });
    writeFileSync(join(at, name), text);
  }
  return at;
}

const ODD = { "-n": "1", "a b/'q'\"$(id)`": "2", "new\nline": "3", "ä\\": "4", "..x": "5" };

describe("a manifest", () => {
  test("is the same for the same files, whatever their times and the order in which they were made", async () => {
    const one = await readManifest(made(ODD));
    const other = await readManifest(made(Object.fromEntries(Object.entries(ODD).toReversed())));
    expect(one.sha256).toBe(other.sha256);
    expect(one).toMatchObject({ files: 5, bytes: 5 });
  });

  test.each([
    ["a text", (at: string) => writeFileSync(join(at, "-n"), "9")],
    ["a mode", (at: string) => chmodSync(join(at, "-n"), 0o755)],
    ["a name", (at: string) => writeFileSync(join(at, "more"), "")],
    ["an empty folder", (at: string) => mkdirSync(join(at, "empty"))],
    ["a link", (at: string) => symlinkSync("-n", join(at, "link"))],
  ])("differs by %s", async (_, change) => {
    const at = made(ODD);
    const before = await readManifest(at);
    change(at);
    expect((await readManifest(at)).sha256).not.toBe(before.sha256);
  });

  test("knows a file as executable or not, and nothing else of its mode", async () => {
    const at = made({ a: "" });
    chmodSync(join(at, "a"), 0o600);
    const closed = await readManifest(at);
    chmodSync(join(at, "a"), 0o664);
    expect((await readManifest(at)).sha256).toBe(closed.sha256);
  });

  test("refuses what is no file, folder or link", async () => {
    const at = made();
    execFileSync("mkfifo", [join(at, "pipe")]);
    await expect(readManifest(at)).rejects.toMatchObject({ failure: { code: "not-sendable" } });
  });

  test("refuses a name that is not UTF-8", async () => {
    const at = made();
    writeFileSync(Buffer.concat([Buffer.from(`${at}/`), Buffer.from([0xff])]), "");
    await expect(readManifest(at)).rejects.toMatchObject({ failure: { code: "not-sendable" } });
  });

  test("refuses a link that leaves the folder, by its name", async () => {
    const at = made();
    symlinkSync("/etc/passwd", join(at, "out"));
    await expect(readManifest(at)).rejects.toMatchObject({
      failure: { code: "link-leaves-folder", what: expect.stringContaining(`${at}/out`) },
    });
  });

  test("says which folder is not there", async () => {
    await expect(readManifest("/no/such")).rejects.toMatchObject({
      failure: { code: "folder-not-readable", what: "/no/such can't be read: it is not there." },
    });
  });
});

test.each([
  ["a file beside it", { a: "b" }, false],
  ["a file above, still inside", { "x/y/a": "../../b" }, false],
  ["the folder itself", { "x/a": ".." }, false],
  ["something that is not there", { a: "none/at/all" }, false],
  ["a circle", { a: "b", b: "a" }, false],
  ["an absolute path", { a: "/etc/passwd" }, true],
  ["the folder above", { a: ".." }, true],
  ["the folder above by a detour", { a: "x/../../b" }, true],
  [
    "what looks inside, but another link is shorter than it looks",
    { a: "x/y/up/../b", "x/y/up": "../.." },
    true,
  ],
  [
    "what looks outside, but another link is longer than it looks",
    { a: "deep/../b", deep: "x/y/z" },
    false,
  ],
  ["another link that leads out", { a: "b/c", b: "../.." }, true],
])("a link to %s", (_, links: Readonly<Record<string, string>>, isOut) => {
  expect(
    wayOut(links["x/y/a"] ? "x/y/a" : links["x/a"] ? "x/a" : "a", new Map(Object.entries(links))),
  ).toBe(isOut);
});
