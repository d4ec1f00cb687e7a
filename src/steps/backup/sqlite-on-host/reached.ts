import { posix } from "node:path";
import { Fault } from "../../../model/failure.ts";
import type { Work } from "../../../ports/step-kind.ts";
import { type OnHost, showPlace } from "../../inside.ts";
import { type Reached, withRoot } from "../root-words.ts";
import type { BackupWorld, Tools } from "../tools.ts";
import { readAnswer, type Said } from "./answer.ts";
import { ASK, FORGET, PROGRAM, PYTHON } from "./scripts.ts";

/** A SQLite database of a host. */
export interface HostBase {
  /** Absolute. */
  readonly path: string;
  readonly where: OnHost;
  readonly work: BackupWorld & Pick<Work<unknown>, "note" | "facts">;
  readonly tools: Tools;
  /** Name of the file beside the database in which a copy lies on its way. */
  readonly temp: string;
  /** Asked once, when it is first needed. */
  readonly reached: () => Promise<Reached>;
}

/** What has to be done there, with root's rights where they are needed. */
interface Deed {
  readonly script: string;
  readonly args: readonly string[];
  /** For people: `copy the database`. */
  readonly deed: string;
}

export async function askThere(base: HostBase, { script, args, deed }: Deed): Promise<string> {
  const { root } = await base.reached();
  return base.tools.ask({ argv: withRoot(root, "sh", "-eu", "-s", ...args), stdin: script }, deed);
}

/** Folder and name, as our programs take them. */
export function placeOf(path: string): readonly [folder: string, name: string] {
  return [posix.dirname(path), posix.basename(path)];
}

/** `1000:1000` and `640`. */
interface Manners {
  readonly owner: string;
  readonly mode: string;
}

/** What the host does it with, and whose the database is. Fault `backup-tool-missing`. */
export async function examine(
  base: HostBase,
): Promise<Manners & { readonly by: "python" | "program" }> {
  const deed = "see what the host has for SQLite";
  const said = await askThere(base, { script: ASK, args: [base.path], deed });
  const [by = "", owner = "", mode = ""] = said.trim().split(/\s+/);
  if (by === "python" || by === "program") return { by, owner, mode };
  throw new Fault({
    code: "backup-tool-missing",
    what: `${showPlace(base.where)} has neither python3 with its sqlite3 nor the program sqlite3.`,
    fix: `Install one of them on ${showPlace(base.where)}.`,
  });
}

/** Lets the host's own SQLite do it, and reads what it says. */
export async function carryOut(
  { tools }: Pick<HostBase, "tools">,
  by: "python" | "program",
  { root, args, deed }: Omit<Deed, "script"> & { readonly root: readonly string[] },
): Promise<Said> {
  const tool =
    by === "python"
      ? { argv: withRoot(root, "python3", "-I", "-", ...args), stdin: PYTHON }
      : { argv: withRoot(root, "sh", "-eu", "-s", ...args), stdin: PROGRAM };
  return readAnswer(await tools.ask(tool, deed));
}

/** Removes what lies beside the database of ours. What can't be removed now is removed by the next attempt. */
export async function forget(base: HostBase): Promise<void> {
  const [folder] = placeOf(base.path);
  await askThere(base, { script: FORGET, args: [folder, base.temp], deed: "remove our copy" });
}
