import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, sha256File } from "../../lib/digest.ts";

/** The folder of one step's backups in one environment. */
export interface Folder {
  readonly path: string;
  /** A free file name for this wish: `41-1.sqlite`, then `41-1.2.sqlite`. */
  free(wish: string, ending: string): Promise<string>;
  /** Removes what an attempt left behind that never became a backup. */
  sweep(): Promise<void>;
  /** Forgets all but the newest `keep` files of this kind, never these ones; hands back how many it forgot. */
  prune(keep: number, kind: RegExp): Promise<number>;
  /** Gives a finished file its name, so that it is there whole or not at all, whatever happens to the machine. */
  settle(from: string, to: string): Promise<void>;
  digest(file: string): Promise<Digest>;
  /** Fine when there is none. */
  remove(file: string): Promise<void>;
  /** A file as people find it. */
  show(file: string): string;
}

/** What an attempt leaves behind that was killed. */
export const PARTIAL = /\.(partial|scratch)(-wal|-shm|-journal|\.fresh)?$/;

/** Opens, or makes, the folder that belongs to this environment and step. */
export async function backupFolder(
  store: string,
  environment: string,
  step: string,
): Promise<Folder> {
  const path = join(store, "backups", safe(environment), safe(step));
  await mkdir(path, { recursive: true, mode: 0o700 });
  return {
    path,
    free: async (wish, ending) => join(path, freeName(await readdir(path), wish, ending)),
    async sweep() {
      const left = (await readdir(path)).filter((name) => PARTIAL.test(name));
      for (const name of left) await rm(join(path, name), { force: true, recursive: true });
    },
    prune: (keep, kind) => prune(path, keep, kind),
    settle: settleFile,
    digest: (file) => sha256File(file),
    remove: (file) => rm(file, { force: true }),
    show: (file) => file,
  };
}

/** A name that is not among these: `41-1.sqlite`, then `41-1.2.sqlite`. */
export function freeName(taken: readonly string[], wish: string, ending: string): string {
  const names = new Set(taken);
  for (let number = 1; ; number++) {
    const name = number === 1 ? `${wish}.${ending}` : `${wish}.${number}.${ending}`;
    if (!names.has(name)) return name;
  }
}

/** Those of one kind that are forgotten. Newest by the time they were made: run numbers start again when a journal is lost. */
export function outdated(
  files: readonly { readonly name: string; readonly madeMs: number }[],
  keep: number,
): readonly string[] {
  const newestFirst = files.toSorted((a, b) => b.madeMs - a.madeMs);
  return newestFirst.slice(Math.max(keep, 2)).map(({ name }) => name);
}

async function prune(folder: string, keep: number, kind: RegExp): Promise<number> {
  const names = (await readdir(folder)).filter((name) => kind.test(name));
  const dated = await Promise.all(
    names.map(async (name) => ({ name, madeMs: (await stat(join(folder, name))).mtimeMs })),
  );
  const old = outdated(dated, keep);
  for (const name of old) await rm(join(folder, name), { force: true });
  return old.length;
}

/** A name of ours as one of a file. */
export function safe(name: string): string {
  return name.replace(/[^\w.-]/g, "_").replace(/^\.+/, "_");
}

async function settleFile(from: string, to: string): Promise<void> {
  await sync(from);
  await rename(from, to);
  await sync(join(to, ".."));
}

async function sync(path: string): Promise<void> {
  await using handle = await open(path);
  await handle.sync();
}
