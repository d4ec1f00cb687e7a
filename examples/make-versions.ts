import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** One release of an example application. */
export interface Version {
  readonly tag: string;
  /** When it was made; a fixed time, so that the same sources give the same commit. */
  readonly at: string;
  /** What it changes: the message of its commit. */
  readonly about: string;
  /** Folders below `versions/` that are laid over the application, in this order. Only the one named like the tag, unless said. */
  readonly layers?: readonly string[];
}

/** An example: a folder with `app/`, and `versions/`, what each release changes on top of it. */
export interface Example {
  readonly folder: string;
  /** Who makes the commits. */
  readonly team: { readonly name: string; readonly email: string };
  readonly versions: readonly Version[];
  /** Adds to a version what is not copied. */
  readonly finish?: (folder: string, version: Version) => Promise<void>;
}

/**
 * Makes a bare git repository of an example's application in a fresh folder, one tagged commit per version.
 *
 * Needs no network and no git settings of the user; the same sources give the same commits everywhere.
 */
export async function makeRepository(example: Example, folder: string): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), "seaworthy-example-"));
  try {
    await mkdir(folder, { recursive: true });
    if ((await readdir(folder)).length > 0)
      throw new Error(`${folder} is not empty; choose a fresh folder.`);
    await git(["init", "--quiet", "--bare", "--template=", "--initial-branch=main", folder]);
    for (const version of example.versions) await commit(version, { example, folder, work });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function commit(
  version: Version,
  place: { readonly example: Example; readonly folder: string; readonly work: string },
): Promise<void> {
  const { example, folder, work } = place;
  const { tag, at, about } = version;
  await rm(work, { recursive: true, force: true });
  await layOut(example, version, work);
  const there = [`--git-dir=${folder}`, `--work-tree=${work}`];
  const by = { at, ...example.team };
  await git([...there, "add", "--all", "--force", "."], by);
  await git([...there, "commit", "--quiet", `--message=${about}`], by);
  await git([...there, "tag", "--annotate", `--message=${tag}`, tag], by);
}

/** Writes one version's files into a folder. */
async function layOut(example: Example, version: Version, folder: string): Promise<void> {
  const app = join(example.folder, "app");
  const isShipped = (source: string): boolean =>
    !SKIPPED.some((part) => source.startsWith(join(app, part)));
  await cp(app, folder, { recursive: true, filter: isShipped });
  for (const layer of version.layers ?? [version.tag]) {
    const overlay = join(example.folder, "versions", layer);
    if (await exists(overlay)) await cp(overlay, folder, { recursive: true });
  }
  await example.finish?.(folder, version);
}

// The tests lean on the tools of this checkout; data is what running the application here leaves behind.
const SKIPPED = ["test", "data", "vendor", "node_modules"];

/** Whether something is at a path. */
export async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

const run = promisify(execFile);

async function git(
  argv: readonly string[],
  by?: { readonly at: string; readonly name: string; readonly email: string },
): Promise<void> {
  const who = {
    GIT_AUTHOR_NAME: by?.name,
    GIT_AUTHOR_EMAIL: by?.email,
    GIT_COMMITTER_NAME: by?.name,
    GIT_COMMITTER_EMAIL: by?.email,
    GIT_AUTHOR_DATE: by?.at,
    GIT_COMMITTER_DATE: by?.at,
  };
  await run("git", [...SETTINGS, ...argv], { env: { ...process.env, ...OURS, ...who } });
}

// Whatever the user has set up (signing, line ends, hooks) must neither fail us nor change the commits.
const SETTINGS = [
  "core.autocrlf=false",
  "core.fileMode=false",
  "core.hooksPath=/dev/null",
  "commit.gpgSign=false",
  "tag.gpgSign=false",
].flatMap((setting) => ["-c", setting]);
const OURS = {
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_DIR: undefined,
  GIT_WORK_TREE: undefined,
  GIT_INDEX_FILE: undefined,
};
