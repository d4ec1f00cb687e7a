import { expect, test } from "vitest";
import {
  manifestDigest,
  manifestText,
  readManifest,
  switched,
  type Kind,
  type Manifest,
} from "./manifest.ts";
import { lists } from "./folder/pack.ts";

const file = (path: string, kind: Kind) => ({
  path,
  kind,
  bytes: 1,
  sha256: "a",
  md5: "b",
  type: "t",
  cache: "c",
});
const manifest: Manifest = {
  format: 1,
  release: { id: "v1+abc", name: "v1" },
  document: "index.html",
  files: [
    file("index.html", "entry"),
    file("a.1a2b3c4d.js", "hashed"),
    file("about.html", "entry"),
    file("-logo.svg", "plain"),
  ],
};

test("what changes with the switch changes in an order that lets nobody miss anything", () => {
  expect(switched(manifest).map(({ path }) => path)).toEqual([
    "-logo.svg",
    "about.html",
    "index.html",
  ]);
});

test("is the same for the same files, whatever the release is called", () => {
  const other = { ...manifest, release: { id: "v2+abc", name: "v2" } };
  expect(manifestDigest(other)).toBe(manifestDigest(manifest));
  expect(manifestDigest({ ...manifest, files: manifest.files.slice(1) })).not.toBe(
    manifestDigest(manifest),
  );
  expect(readManifest(manifestText(manifest))).toEqual(manifest);
});

test("lists are read by a shell that takes no name for anything else", () => {
  const { names, hashed, ...others } = lists(manifest);
  expect(names).toBe("./index.html\0./a.1a2b3c4d.js\0./about.html\0./-logo.svg\0");
  expect(hashed).toBe("./a.1a2b3c4d.js\0");
  expect(others["release.json"]?.trim()).not.toContain("\n");
  expect(others["manifest.json"]?.trim()).not.toContain("\n");
});
