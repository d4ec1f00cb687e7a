import { posix } from "node:path";
import type { Work } from "../../ports/step-kind.ts";
import { type OnHost, showPlace } from "../inside.ts";
import { backupFolder, type Folder, freeName, outdated, PARTIAL, safe } from "./folder.ts";
import { type BackupWorld, openTools } from "./tools.ts";

type Keeping = BackupWorld & Pick<Work<unknown>, "plan">;

/** The folder in which a step's copies are: here, or on the host that keeps them. */
export function folderOf(work: Keeping, step: string, keeper: OnHost | undefined): Promise<Folder> {
  return keeper === undefined
    ? backupFolder(work.store, work.run.environment, step)
    : folderOnHost(work, step, keeper);
}

/** Makes the folder, and says for each of its files when it was made. Names in it are our own. */
const OPEN = `umask 077
mkdir -p -- "$1"
cd -- "$1"
find . -mindepth 1 -maxdepth 1 -printf '%T@ %f\\n'
`;
const REMOVE = `cd -- "$1"
shift
for name in "$@"; do rm -rf -- "./$name"; done
`;
const SETTLE = `sync -- "$1"
mv -f -- "$1" "$2"
sync -- "$(dirname -- "$2")"
`;
const DIGEST = `sha256sum <"$1"
wc -c <"$1"
`;

async function folderOnHost(work: Keeping, step: string, keeper: OnHost): Promise<Folder> {
  const { signal, timeoutMs, plan, run } = work;
  const { home } = await work.hosts.host(keeper.host).facts({ signal, timeoutMs });
  const names = [plan.project, run.environment, step].map(safe);
  const path = posix.join(home, ".seaworthy/backups", ...names);
  const tools = openTools(work, { in: keeper, env: {}, code: "backup-host-refused" });
  const ask = (stdin: string, deed: string, ...args: readonly string[]) =>
    tools.ask({ argv: ["sh", "-eu", "-s", ...args], stdin }, deed);
  const list = async () => filesIn(await ask(OPEN, "open the folder of the copies", path));
  const remove = async (old: readonly string[]) => {
    if (old.length > 0) await ask(REMOVE, "remove old copies", path, ...old);
    return old.length;
  };
  await list();
  return {
    path,
    free: async (wish, ending) => {
      const taken = (await list()).map(({ name }) => name);
      return posix.join(path, freeName(taken, wish, ending));
    },
    async sweep() {
      const found = await list();
      await remove(found.flatMap(({ name }) => (PARTIAL.test(name) ? [name] : [])));
    },
    async prune(keep, kind) {
      const found = (await list()).filter(({ name }) => kind.test(name));
      return remove(outdated(found, keep));
    },
    settle: async (from, to) => void (await ask(SETTLE, "keep the copy", from, to)),
    async digest(file) {
      const said = await ask(DIGEST, "take the digest of the copy", file);
      const [sum = "", bytes = ""] = said.split("\n");
      return { sha256: sum.slice(0, 64), bytes: Number(bytes) };
    },
    remove: async (file) => void (await remove([posix.basename(file)])),
    show: (file) => `${showPlace(keeper)}:${file}`,
  };
}

function filesIn(said: string): readonly { readonly name: string; readonly madeMs: number }[] {
  return said
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [made = "", name = ""] = line.split(" ");
      return { name, madeMs: Number(made) * 1000 };
    });
}
