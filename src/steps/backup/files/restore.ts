import { Fault } from "../../../model/failure.ts";
import type { Aside, PutBack } from "../engine.ts";
import { withRoot } from "../root-words.ts";
import { countAt } from "../volume/files.ts";
import { FORGET, freshIn, oldIn, PREPARE, SWAP } from "../volume/scripts.ts";
import { digestOf, withoutManners } from "./list.ts";
import { CLEAR, MANNERS } from "./scripts.ts";
import { type Files, listAt, pack, script } from "./tree.ts";

/** Unpacked and proven beside the live files, and only then moved into their place; those go into the file, and only then away. */
export async function putBackFiles(
  at: Files,
  file: string | undefined,
  aside: Aside,
): Promise<PutBack> {
  const { path, work } = at;
  const run = work.run.id;
  const act = (text: string, deed: string) => script(at, { text, args: [path, run], deed });
  await act(MAKE, "make the folder");
  const found = (await act(PREPARE, "make room beside the files")).trim();
  const warnings = found === "fresh" && file !== undefined ? await unpack(at, file, act) : [];
  if (found === "fresh" && file !== undefined) await act(MANNERS, "give the folder its owner");
  if (found !== "moved") await act(SWAP, "put the files of the copy in place");
  const kept = await keepReplaced(at, aside, () => act(FORGET, "remove the replaced files"));
  const { root } = await at.reached();
  const tables = await countAt(at.tools, path, root);
  if (file === undefined && kept.length === 0) await act(GONE, "remove the folder");
  return { tables, refusal: [...warnings, ...kept] };
}

const MAKE = 'mkdir -p -- "$1"\n';
/** Whoever has written into it meanwhile keeps it. */
const GONE = 'rmdir -- "$1" 2>/dev/null || true\n';

type Doing = (text: string, deed: string) => Promise<string>;

/** Nobody else writes to what is unpacked: it must be exactly what was copied, before any live file is touched. */
async function unpack(at: Files, file: string, act: Doing): Promise<readonly string[]> {
  const { path, work, tools } = at;
  const { root } = await at.reached();
  const fresh = freshIn(path, work.run.id);
  try {
    const argv = withRoot(root, "tar", "--numeric-owner", "-xpf", "-", "-C", fresh);
    await tools.into({ argv }, file, "unpack the copy");
    const list = await listAt(at, fresh);
    const { list_sha256: whole, content_sha256: content } = work.facts;
    if (typeof content !== "string" || digestOf(list) === whole) return [];
    if (digestOf(withoutManners(list)) === content)
      return ["Some owners, groups or modes could not be given back: that needs root's rights."];
    throw new Fault({
      code: "backup-differs",
      what: `What the copy unpacks to in ${fresh} is not what was copied; no live file was touched.`,
      fix: "See whether the disk is damaged, and restore the files by hand.",
    });
  } catch (error) {
    await act(CLEAR, "remove what was unpacked").catch(() => undefined);
    throw error;
  }
}

async function keepReplaced(
  at: Files,
  aside: Aside,
  forget: () => Promise<unknown>,
): Promise<readonly string[]> {
  const folder = oldIn(at.path, at.work.run.id);
  try {
    await aside.keeping();
    await pack(at, folder, aside.file);
    await forget();
    return [];
  } catch (error) {
    if (!(error instanceof Fault) || error.failure.code === "host-unreachable") throw error;
    return [`The replaced files are in ${folder} still: ${error.failure.what}`];
  }
}
