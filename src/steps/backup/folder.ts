import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** The folder of one step's backups in one environment. */
export interface Folder {
  readonly path: string;
  /** A free file name for this wish: `41-1.sqlite`, then `41-1.2.sqlite`. */
  free(wish: string, ending: string): Promise<string>;
  /** Removes what an attempt left behind that never became a backup. */
  sweep(): Promise<void>;
  /** Forgets all but the newest `keep` files of this kind, never these ones; hands back how many it forgot. */
  prune(keep: number, kind: RegExp): Promise<number>;
}

const PARTIAL = /\.(partial|scratch)(-wal|-shm|-journal)?$/;

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
    free: (wish, ending) => free(path, wish, ending),
    async sweep() {
      const left = (await readdir(path)).filter((name) => PARTIAL.test(name));
      for (const name of left) await rm(join(path, name), { force: true });
    },
    prune: (keep, kind) => prune(path, keep, kind),
  };
}

async function free(folder: string, wish: string, ending: string): Promise<string> {
  const names = new Set(await readdir(folder));
  for (let number = 1; ; number++) {
    const name = number === 1 ? `${wish}.${ending}` : `${wish}.${number}.${ending}`;
    if (!names.has(name)) return join(folder, name);
  }
}

/** Newest by the time they were made: run numbers start again when a journal is lost. */
async function prune(folder: string, keep: number, kind: RegExp): Promise<number> {
  const names = (await readdir(folder)).filter((name) => kind.test(name));
  const dated = await Promise.all(
    names.map(async (name) => ({ name, madeMs: (await stat(join(folder, name))).mtimeMs })),
  );
  const old = dated.toSorted((a, b) => b.madeMs - a.madeMs).slice(Math.max(keep, 2));
  for (const { name } of old) await rm(join(folder, name), { force: true });
  return old.length;
}

function safe(name: string): string {
  return name.replace(/[^\w.-]/g, "_").replace(/^\.+/, "_");
}

/** Gives a finished file its name, so that it is there whole or not at all, whatever happens to the machine. */
export async function settleFile(from: string, to: string): Promise<void> {
  await sync(from);
  await rename(from, to);
  await sync(join(to, ".."));
}

async function sync(path: string): Promise<void> {
  await using handle = await open(path);
  await handle.sync();
}
