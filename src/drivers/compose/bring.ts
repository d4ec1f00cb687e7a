import { constants } from "node:fs";
import { chmod, cp, lstat, mkdir, readdir, readlink, realpath, rename, rm } from "node:fs/promises";
import path from "node:path";
import { sha256, sha256File } from "../../lib/digest.ts";
import { isMissing } from "../../lib/error-code.ts";
import { Fault } from "../../model/failure.ts";
import type { Act } from "../../ports/driver.ts";
import type { Setting } from "./setting.ts";

/** Takes what bind mounts want from a checkout to where it outlives the checkout. */
export interface Bringer {
  /** Where to mount from instead; the same path for what lies outside of the checkout. */
  bring(source: string): Promise<string>;
  /** Names below `layout.files` that were asked for. */
  readonly brought: ReadonlySet<string>;
}

export async function bringer(setting: Setting, from: string, act: Act): Promise<Bringer> {
  const roots = [...new Set([from, await realpath(from)])];
  const brought = new Set<string>();
  const bring = async (source: string): Promise<string> => {
    const root = roots.find((each) => source === each || source.startsWith(`${each}/`));
    if (root === undefined) return source;
    const name = path.relative(root, source);
    if (isElsewhere(setting)) throw farAway(setting, name);
    if (await isForData(source)) {
      const lasting = path.join(setting.layout.data, name);
      await mkdir(lasting, { recursive: true });
      act.say(`./${name} is not in the release: it outlives releases in ${lasting}`);
      return lasting;
    }
    const digest = (await treeDigest(source)).slice(0, 24);
    brought.add(digest);
    return copied(path.join(setting.layout.files, digest), source);
  };
  return { bring, brought };
}

/** A digest of all that a file or folder holds: names, modes, contents. */
export async function treeDigest(root: string): Promise<string> {
  const lines: string[] = [];
  const visit = async (file: string, name: string): Promise<void> => {
    const found = await lstat(file);
    const mode = (found.mode & 0o777).toString(8);
    if (found.isSymbolicLink()) lines.push(`link ${name} ${await readlink(file)}`);
    else if (found.isFile()) lines.push(`file ${name} ${mode} ${(await sha256File(file)).sha256}`);
    else if (found.isDirectory()) {
      lines.push(`folder ${name} ${mode}`);
      for (const entry of (await readdir(file)).toSorted())
        if (!IS_OURS.has(entry)) await visit(path.join(file, entry), `${name}/${entry}`);
    }
  };
  await visit(root, "");
  return sha256(lines.join("\n"));
}

/** The project's own state may lie in the folder that is mounted, and with it the copy. */
const IS_OURS: ReadonlySet<string> = new Set([".git", ".seaworthy"]);
/** What people put into a folder so that git keeps it although it is empty. */
const STAND_FOR_EMPTY: ReadonlySet<string> = new Set([".gitkeep", ".gitignore", ".keep"]);

async function copied(into: string, source: string): Promise<string> {
  const there = path.join(into, path.basename(source));
  if (await exists(into)) return there;
  const partial = `${into}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  const copy = path.join(partial, path.basename(source));
  await cp(source, copy, {
    recursive: true,
    verbatimSymlinks: true,
    mode: constants.COPYFILE_FICLONE,
    filter: (each) => !IS_OURS.has(path.basename(each)),
  });
  // A folder is made under our own umask, and containers run as anybody.
  await chmod(copy, (await lstat(source)).mode & 0o777);
  await rename(partial, into);
  return there;
}

async function isForData(source: string): Promise<boolean> {
  if (!(await exists(source))) return true;
  if (!(await lstat(source)).isDirectory()) return false;
  return (await readdir(source)).every((name) => STAND_FOR_EMPTY.has(name));
}

async function exists(file: string): Promise<boolean> {
  try {
    await lstat(file);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function isElsewhere({ options: { engine } }: Setting): boolean {
  return engine !== undefined && !engine.startsWith("unix://");
}

function farAway({ target, options }: Setting, name: string): Fault {
  return new Fault({
    code: "bind-mount-too-far",
    what: `The compose file of ${target} mounts ./${name} of the checkout, and the engine is at ${options.engine}.`,
    fix: "Put the file into the image, or use a named volume.",
  });
}
