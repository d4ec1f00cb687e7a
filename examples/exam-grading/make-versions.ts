import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const HERE = dirname(fileURLToPath(import.meta.url));

/** The releases in the order in which they were made; each is the application with its overlay from `versions/` on top. */
export const VERSIONS = [
  { tag: "v0.9.0", at: "2026-01-12T09:00:00+00:00", about: "Grade copies and draw their PDFs" },
  {
    tag: "v1.0.0-rc1",
    at: "2026-01-26T16:30:00+00:00",
    about: "Draw the PDF after finalizing has answered",
  },
  {
    tag: "v1.0.0-rc2",
    at: "2026-01-28T11:15:00+00:00",
    about: "Give copies a score, and draw the PDF before answering",
  },
] as const;

/**
 * Makes a bare git repository of the application in a fresh folder, one tagged commit per version.
 *
 * Needs no network and no git settings of the user; the same sources give the same commits everywhere.
 */
export async function makeVersions(folder: string): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), "exam-grading-"));
  try {
    await mkdir(folder, { recursive: true });
    if ((await readdir(folder)).length > 0)
      throw new Error(`${folder} is not empty; choose a fresh folder.`);
    await git(["init", "--quiet", "--bare", "--template=", "--initial-branch=main", folder]);
    for (const version of VERSIONS) await commit(version, { folder, work });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function commit(
  { tag, at, about }: (typeof VERSIONS)[number],
  { folder, work }: { readonly folder: string; readonly work: string },
): Promise<void> {
  await rm(work, { recursive: true, force: true });
  await layOut(tag, work);
  const there = [`--git-dir=${folder}`, `--work-tree=${work}`];
  await git([...there, "add", "--all", "--force", "."], at);
  await git([...there, "commit", "--quiet", `--message=${about}`], at);
  await git([...there, "tag", "--annotate", `--message=${tag}`, tag], at);
}

/** Writes one version's files into a folder. */
async function layOut(tag: string, folder: string): Promise<void> {
  const isShipped = (source: string): boolean =>
    !SKIPPED.some((part) => source.startsWith(join(HERE, "app", part)));
  await cp(join(HERE, "app"), folder, { recursive: true, filter: isShipped });
  const overlay = join(HERE, "versions", tag);
  if (await exists(overlay)) await cp(overlay, folder, { recursive: true });
  const library = await findPdfLib();
  await mkdir(join(folder, "vendor"), { recursive: true });
  await writeFile(join(folder, "vendor/pdf-lib.js"), await readFile(library.code));
  await writeFile(join(folder, "vendor/pdf-lib.LICENSE.md"), await readFile(library.license));
}

// The tests lean on the tools of this checkout; data is what running the application here leaves behind.
const SKIPPED = ["test", "data", "vendor", "node_modules"];

/** pdf-lib as one file, so that a release needs no installing. */
async function findPdfLib(): Promise<{ readonly code: string; readonly license: string }> {
  let folder = dirname(fileURLToPath(import.meta.resolve("pdf-lib")));
  while (!(await exists(join(folder, "LICENSE.md"))) && folder !== dirname(folder))
    folder = dirname(folder);
  return { code: join(folder, "dist/pdf-lib.esm.min.js"), license: join(folder, "LICENSE.md") };
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

const run = promisify(execFile);

async function git(argv: readonly string[], at?: string): Promise<void> {
  await run("git", [...SETTINGS, ...argv], {
    env: { ...process.env, ...OURS, GIT_AUTHOR_DATE: at, GIT_COMMITTER_DATE: at },
  });
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
  GIT_AUTHOR_NAME: "Exam Grading",
  GIT_AUTHOR_EMAIL: "team@exam-grading.example",
  GIT_COMMITTER_NAME: "Exam Grading",
  GIT_COMMITTER_EMAIL: "team@exam-grading.example",
  GIT_DIR: undefined,
  GIT_WORK_TREE: undefined,
  GIT_INDEX_FILE: undefined,
};

if (import.meta.main) {
  const folder = resolve(process.argv[2] ?? "app.git");
  await makeVersions(folder);
  process.stdout.write(`${folder} holds ${VERSIONS.map(({ tag }) => tag).join(", ")}.\n`);
}
