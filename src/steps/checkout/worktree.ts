import { mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Evidence } from "../../model/evidence.ts";
import { Fault } from "../../model/failure.ts";
import { explain, hasPassed, keepText } from "../kept.ts";
import { answer, type CheckoutWork, put } from "./git.ts";
import type { Resolved } from "./mirror.ts";
import { referenceOf } from "./reference.ts";

/** A folder with exactly the files of one commit, and what is to be said about it. */
export interface Worktree {
  readonly root: string;
  readonly warnings: readonly string[];
  readonly evidence: readonly Evidence[];
}

/** Makes the folder of a commit once, whole or not at all; one that is there is put right where files were changed. */
export async function makeWorktree(
  work: CheckoutWork,
  { mirror, commit }: Resolved,
): Promise<Worktree> {
  const folder = join(work.store, "checkouts");
  const root = join(folder, commit);
  await mkdir(folder, { recursive: true });
  // Each attempt has an index of its own: git's default one would be shared by all runs.
  const mine = `${work.run.id}-${work.step.id}-${work.attempt}`;
  const index = join(mirror, `index-${mine}`);
  const tree: Tree = { mirror, commit, index };
  try {
    if (await exists(root)) return await putRight(work, tree, root);
    const partial = `${root}.${mine}.partial`;
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial);
    const said = await checkOut(work, tree, partial);
    await rename(partial, root).catch(async (error: unknown) => {
      if (!(await exists(root))) throw error;
      await rm(partial, { recursive: true, force: true });
    });
    const evidence = await tell(work, tree, `checked out\n${said}`);
    return { root, warnings: await notCarried(root), evidence };
  } finally {
    for (const name of [index, `${index}.lock`]) await rm(name, { force: true });
  }
}

interface Tree {
  readonly mirror: string;
  readonly commit: string;
  readonly index: string;
}

/** Git says nothing when all goes well: one line tells a reader of the log what lies in the folder. */
async function tell(
  work: CheckoutWork,
  { mirror, commit }: Tree,
  what: string,
): Promise<readonly Evidence[]> {
  const subject = await answer(work, {
    argv: ["--git-dir", mirror, "log", "-1", "--format=%s", commit, "--"],
  });
  const { kind, name } = referenceOf(work.spec);
  return keepText(work, "checkout", `${kind} ${name}: ${commit} "${subject}" ${what}`);
}

/** Fills the folder; what git said. */
async function checkOut(
  work: CheckoutWork,
  { mirror, commit, index }: Tree,
  into: string,
): Promise<string> {
  const finished = await put(work, {
    argv: [
      "--git-dir",
      mirror,
      "--work-tree",
      into,
      "checkout",
      "--force",
      "--no-progress",
      commit,
      "--",
      ".",
    ],
    cwd: into,
    env: { GIT_INDEX_FILE: index },
  });
  if (hasPassed(finished)) return finished.tail;
  await keepText(work, "checkout", finished.tail);
  throw new Fault(explain(finished, `Checking out ${commit.slice(0, 12)}`));
}

async function putRight(work: CheckoutWork, tree: Tree, root: string): Promise<Worktree> {
  const { mirror, commit, index } = tree;
  const git = (...argv: string[]) =>
    answer(work, {
      argv: ["--git-dir", mirror, "--work-tree", root, ...argv],
      cwd: root,
      env: { GIT_INDEX_FILE: index },
    });
  await git("read-tree", commit);
  const changed = (await git("diff-files", "--name-only", "-z"))
    .split("\0")
    .filter((name) => name !== "");
  const really = changed.length === 0 ? [] : await refreshed(git);
  if (really.length === 0) {
    const evidence = await tell(work, tree, "was there already, and is unchanged\n");
    return { root, warnings: await notCarried(root), evidence };
  }
  const said = await checkOut(work, tree, root);
  const evidence = await tell(work, tree, `put right\n${said}`);
  const named = really.slice(0, 3).join(", ");
  const warning = `${really.length} files of an earlier checkout had been changed and were put right: ${named}${really.length > 3 ? ", …" : ""}.`;
  return { root, warnings: [warning, ...(await notCarried(root))], evidence };
}

/** A fresh index knows no file's time, so it must look into each before it says that one is changed. */
async function refreshed(git: (...argv: string[]) => Promise<string>): Promise<string[]> {
  await git("update-index", "-q", "--really-refresh", "--ignore-missing").catch(onlyFault);
  const changed = await git("diff-files", "--name-only", "-z");
  return changed.split("\0").filter((name) => name !== "");
}

/** It ends with 1 when something needs an update, which is just what is asked next. */
function onlyFault(error: unknown): void {
  if (!(error instanceof Fault)) throw error;
}

async function notCarried(root: string): Promise<string[]> {
  const warnings = [];
  if (await exists(join(root, ".gitmodules")))
    warnings.push("The repository has submodules; their folders are left empty.");
  const attributes = await readFile(join(root, ".gitattributes"), "utf8").catch(() => "");
  if (/\bfilter=lfs\b/.test(attributes))
    warnings.push("The repository keeps files in Git LFS; the checkout holds their pointers only.");
  return warnings;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
