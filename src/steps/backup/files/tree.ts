import { Fault } from "../../../model/failure.ts";
import type { Work } from "../../../ports/step-kind.ts";
import type { OnHost } from "../../inside.ts";
import { hasPassed } from "../../kept.ts";
import { type Reached, withRoot } from "../root-words.ts";
import { type BackupWorld, MOST_BYTES, refused, type Tools } from "../tools.ts";
import { isChanged } from "../volume/files.ts";
import { type List, readList } from "./list.ts";
import { LIST } from "./scripts.ts";

/** A folder with files, where it is. */
export interface Files {
  /** Absolute. */
  readonly path: string;
  /** Undefined: on this machine. */
  readonly where: OnHost | undefined;
  readonly work: BackupWorld & Pick<Work<unknown>, "facts">;
  readonly tools: Tools;
  /** Asked once, when it is first needed. */
  readonly reached: () => Promise<Reached>;
}

interface Script {
  readonly text: string;
  readonly args: readonly string[];
  /** For people: `list the files`. */
  readonly deed: string;
}

/** Runs a script there, with root's rights where they are needed. */
export async function script(at: Files, { text, args, deed }: Script): Promise<string> {
  const { root } = await at.reached();
  return at.tools.ask({ argv: withRoot(root, "sh", "-eu", "-s", ...args), stdin: text }, deed);
}

/** All that is in a folder, with the digest of each file. */
export async function listAt(at: Files, folder: string): Promise<List> {
  const said = await script(at, { text: LIST, args: [folder], deed: `list ${folder}` });
  return readList(said, MOST_BYTES);
}

/** Lets everything in a folder flow into a new tar. Files that are written to meanwhile are told by their digests. */
export async function pack(at: Files, folder: string, to: string): Promise<void> {
  const { root } = await at.reached();
  const words = ["--numeric-owner", "--exclude=./.seaworthy-*", "-cf", "-", "-C", folder, "."];
  const { from } = await at.tools.out({ argv: withRoot(root, "tar", ...words) }, to);
  if (hasPassed(from)) return;
  const fault = refused(from, {
    tool: "tar",
    deed: `copy ${folder}`,
    code: "folder-refused",
    place: at.where,
  });
  if (!isChanged(from)) throw fault;
  throw new Fault({
    ...fault.failure,
    code: "folder-changed",
    what: `Files in ${folder} were written to while they were copied.`,
    fix: "Run it again, or stop what writes to them before: a `command` with an `undo` that starts it.",
  });
}
