import { constants } from "node:fs";
import { chmod, copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { sha256 } from "../../../lib/digest.ts";
import type { Release } from "../../../model/release.ts";
import type { Bundle } from "../bundle.ts";
import { documentOf, manifestDigest, manifestText, type Manifest } from "../manifest.ts";

/** What a place says of a release in one line. */
export interface Record {
  readonly release: Release;
  /** Of the manifest. */
  readonly digest: string;
  readonly document: { readonly path: string; readonly sha256: string };
}

/** Lays out, in a folder here, what is sent of a release: its files, and lists that a shell can read. */
export async function pack(folder: string, { manifest, source }: Bundle): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  const site = path.join(folder, "site");
  await mkdir(site, { recursive: true });
  const folders = new Set(manifest.files.map((file) => path.dirname(path.join(site, file.path))));
  for (const each of folders) await mkdir(each, { recursive: true });
  for (const file of manifest.files) {
    const to = path.join(site, file.path);
    await copyFile(source(file), to, constants.COPYFILE_FICLONE);
    // Web servers are other users, and nothing here is a program.
    await chmod(to, 0o644);
  }
  for (const [name, text] of Object.entries(lists(manifest)))
    await writeFile(path.join(folder, name), text, { mode: 0o644 });
}

/** The lists of a release by their names; paths begin with ./ and end in a zero byte, so that none is taken for anything else. */
export function lists(manifest: Manifest): Readonly<{ [name: string]: string }> {
  const { files, release } = manifest;
  const record: Record = {
    release,
    digest: manifestDigest(manifest),
    document: { path: manifest.document, sha256: documentOf(manifest).sha256 },
  };
  return {
    names: namesOf(files),
    hashed: namesOf(files.filter(({ kind }) => kind === "hashed")),
    sums: `${sha256(files.map((file) => `${file.sha256}\n`).join(""))}\n`,
    "manifest.json": manifestText(manifest),
    "release.json": `${JSON.stringify(record)}\n`,
  };
}

function namesOf(files: Manifest["files"]): string {
  return files.map((file) => `./${file.path}\0`).join("");
}
