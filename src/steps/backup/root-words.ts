import { Fault } from "../../model/failure.ts";
import { type OnHost, shellAt, showPlace } from "../inside.ts";
import { hasPassed } from "../kept.ts";
import type { BackupWorld } from "./tools.ts";

/** What is at a path, and the words before a tool that may read and write it. */
export interface Reached {
  readonly found: "file" | "folder" | "other" | "absent";
  /** None for who owns it and for root; else `sudo -n --`. */
  readonly root: readonly string[];
}

/**
 * What is there, whether everything in it is the asking user's own, and whether that user may use it in any case.
 * The path is the first argument.
 */
const LOOK = `if [ -f "$1" ]; then kind=file; elif [ -d "$1" ]; then kind=folder; elif [ -e "$1" ]; then kind=other; else kind=absent; fi
whose=others
if [ "$kind" = absent ]; then
  if [ -w "$(dirname -- "$1")" ]; then whose=own; fi
elif [ -z "$(find "$1" \\( ! -user "$(id -u)" -o ! -group "$(id -g)" \\) -print -quit 2>&1)" ]; then whose=own
elif [ -r "$1" ] && [ -w "$1" ] && [ -w "$(dirname -- "$1")" ]; then whose=shared
fi
echo "$kind $whose"
`;

/** Root's rights are used where the data are not the ssh user's own, so that nothing is unreadable and every owner stays. Fault `backup-no-rights`. */
export async function reach(work: BackupWorld, where: OnHost, path: string): Promise<Reached> {
  const { signal, timeoutMs } = work;
  const limits = { signal, timeoutMs };
  const shell = shellAt(work, where);
  const look = (root: readonly string[]) => {
    const [program, ...rest] = [...root, "sh", "-eu", "-s", path];
    return shell.look({ argv: [program ?? "sh", ...rest], stdin: LOOK }, limits);
  };
  const own = await look([]);
  if (!hasPassed(own)) throw noRights(where, path, own.tail);
  const [found, whose] = read(own.stdout);
  if (whose === "own") return { found, root: [] };
  const root = await work.hosts.host(where.host).asRoot(limits);
  if (root.length === 0) return { found, root };
  const asRoot = await look(root);
  if (hasPassed(asRoot)) return { found: read(asRoot.stdout)[0], root };
  if (whose === "shared") return { found, root: [] };
  throw noRights(where, path, asRoot.tail);
}

/** A program with root's words before it. */
export function withRoot(
  root: readonly string[],
  program: string,
  ...rest: readonly string[]
): readonly [string, ...string[]] {
  const [first = program, ...more] = [...root, program, ...rest];
  return [first, ...more];
}

function read(said: string): readonly [Reached["found"], string] {
  const [kind = "", whose = ""] = said.trim().split(" ");
  return [KINDS.find((each) => each === kind) ?? "other", whose];
}

const KINDS = ["file", "folder", "other", "absent"] as const;

function noRights(where: OnHost, path: string, detail: string): Fault {
  return new Fault({
    code: "backup-no-rights",
    what: `The user of ${showPlace(where)} may not read ${path}, nor use root's rights by sudo.`,
    fix: `Let that user own ${path}, or allow it sudo without a password on ${showPlace(where)}.`,
    ...(detail.trim() !== "" && { detail: detail.trim() }),
  });
}
