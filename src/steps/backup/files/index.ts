import { basename, posix } from "node:path";
import { Fault } from "../../../model/failure.ts";
import { type OnHost, showPlace } from "../../inside.ts";
import type { Account, Engine, Tables } from "../engine.ts";
import { reach, type Reached } from "../root-words.ts";
import { openTools } from "../tools.ts";
import { refuseDamagedTar } from "../volume/check.ts";
import { countAt, countFiles } from "../volume/files.ts";
import { digestOf, isSame, lacking, type List, stable, withoutManners } from "./list.ts";
import { putBackFiles } from "./restore.ts";
import { READABLE } from "./scripts.ts";
import { type Files, listAt, pack, script } from "./tree.ts";

/** Where a folder is, and its copies. */
interface Place {
  /** Absolute. */
  readonly path: string;
  /** Undefined: on this machine. */
  readonly where?: OnHost | undefined;
  /** The host that keeps the copies; undefined: this machine. */
  readonly keeper?: OnHost | undefined;
}

/** What the folder held before and after the copy was made. */
interface Seen {
  readonly before: List;
  readonly after: List;
}

/** A plain folder: a tar of it, tried out by unpacking it where it is kept, and compared file by file with what was copied. */
export function files({ path, where, keeper }: Place, work: Files["work"]): Engine {
  const opened = { env: {}, code: "folder-refused", keeper };
  let known: Promise<Reached> | undefined;
  const at: Files = {
    path,
    where,
    work,
    tools: openTools(work, { ...opened, in: where }),
    reached: () => (known ??= where ? reach(work, where, path) : reachHere(at)),
  };
  const kept: Files = {
    ...at,
    where: keeper,
    reached: asSelf,
    tools: openTools(work, { ...opened, in: keeper }),
  };
  let seen: Seen | undefined;
  return {
    name: showFolder(at),
    ending: "tar",
    count: countFiles,
    exists: () => exists(at),
    sweep: async () => undefined,
    async copy(to) {
      const copied = await copy(at, to);
      seen = copied.seen;
      return copied.tables;
    },
    async check(file) {
      await refuseDamagedTar(kept.tools, file, "folder-refused");
      return undefined;
    },
    tryOut: (file, folder) => tryOut(kept, file, { folder, seen }),
    account: () => accountOf(seen),
    putBack: (file, aside) => putBackFiles(at, file, aside),
  };
}

async function copy(at: Files, to: string): Promise<{ seen: Seen; tables: Tables }> {
  const { path, tools } = at;
  const before = await listAt(at, path);
  const counted = await countAt(tools, path, (await at.reached()).root);
  await pack(at, path, to);
  const seen = { before, after: await listAt(at, path) };
  const moving = counted.map((each) => ({ ...each, isMoving: true as const }));
  return { seen, tables: isSame(before, seen.after) ? counted : moving };
}

function showFolder({ where, path }: Pick<Files, "where" | "path">): string {
  return where ? `${showPlace(where)}:${path}` : path;
}

async function asSelf(): Promise<Reached> {
  return { found: "folder", root: [] };
}

const KIND = `if [ -d "$1" ]; then echo folder; elif [ -e "$1" ]; then echo other; else echo absent; fi
`;

async function reachHere({ tools, path }: Files): Promise<Reached> {
  const argv = ["sh", "-eu", "-s", path] as const;
  const said = (await tools.ask({ argv, stdin: KIND }, "look for the folder")).trim();
  return { found: said === "folder" || said === "absent" ? said : "other", root: [] };
}

async function exists(at: Files): Promise<boolean> {
  const { found } = await at.reached();
  if (found === "folder" || found === "absent") return found === "folder";
  throw new Fault({
    code: "backup-source-unusable",
    what: `${showFolder(at)} is not a folder.`,
    fix: "Name the folder itself. For a database write `sqlite`.",
  });
}

async function tryOut(
  kept: Files,
  file: string,
  { folder, seen }: { readonly folder: string; readonly seen: Seen | undefined },
): Promise<Tables> {
  const { tools } = kept;
  const scratch = posix.join(folder, "unpacked.scratch");
  const remove = () => tools.look({ argv: ["rm", "-rf", "--", scratch] });
  await remove();
  try {
    await tools.ask({ argv: ["mkdir", "-m", "700", "--", scratch] }, "make room for a trial");
    await tools.into(
      { argv: ["tar", "-xf", "-", "-o", "-C", scratch] },
      file,
      "unpack the copy on trial",
    );
    await script(kept, { text: READABLE, args: [scratch], deed: "read what was unpacked" });
    if (seen) refuseLacking(seen, await listAt(kept, scratch), file);
    return await countAt(tools, scratch);
  } finally {
    await remove().catch(() => undefined);
  }
}

/** Whatever nobody wrote to meanwhile must have come out, byte for byte. */
function refuseLacking({ before, after }: Seen, tried: List, file: string): void {
  const wanted = withoutManners(stable(before, after));
  const missing = lacking(wanted, withoutManners(tried));
  if (missing === undefined) return;
  throw new Fault({
    code: "backup-differs",
    what: `What ${basename(file)} unpacks to is not what was copied: it lacks ${missing}.`,
    fix: "Run it again; if it stays so, see whether the disk is damaged.",
  });
}

/** Longer lists are cut in the report; their digest is of the whole. */
const MOST_LINES = 2_000;

function accountOf(seen: Seen | undefined): Account {
  if (seen === undefined) return { facts: {}, lines: [] };
  const { before, after } = seen;
  const all = [
    "KIND|MODE|OWNER|GROUP|NAME",
    ...after.named,
    "",
    "SHA256 OF EACH FILE",
    ...after.digests,
  ];
  const rest = all.length - MOST_LINES;
  const lines = rest > 0 ? [...all.slice(0, MOST_LINES), `… and ${rest} lines more`] : all;
  if (!isSame(before, after)) return { facts: {}, lines };
  const sums = { list_sha256: digestOf(after), content_sha256: digestOf(withoutManners(after)) };
  return { facts: sums, lines };
}
