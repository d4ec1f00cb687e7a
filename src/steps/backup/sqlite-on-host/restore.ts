import { Fault } from "../../../model/failure.ts";
import type { Json } from "../../../model/json.ts";
import { showPlace } from "../../inside.ts";
import type { Aside, PutBack } from "../engine.ts";
import { withRoot } from "../root-words.ts";
import { digestIn, refuseOther } from "../transfer.ts";
import { sound } from "./answer.ts";
import { askThere, carryOut, examine, forget, type HostBase, placeOf } from "./reached.ts";
import { RECEIVE, TAKE_AWAY } from "./scripts.ts";

interface Wanted {
  /** Undefined: there was no database. */
  readonly file: string | undefined;
  readonly aside: Aside;
  /** Copies the live database into a file. */
  readonly copy: (to: string) => Promise<unknown>;
}

/** Sends the copy beside the live database, proves it, and overwrites the live one in one transaction that its users see. */
export async function putBackThere(
  base: HostBase,
  { file, aside, copy }: Wanted,
): Promise<PutBack> {
  const { found } = await base.reached();
  const was = base.work.facts["was"];
  const refusal = found === "file" ? await keepReplaced(aside, copy) : [];
  if (file !== undefined) return { tables: await restore(base, file, was), refusal };
  // What could not be kept is not taken away.
  if (refusal.length > 0) throw notKept(base, refusal);
  if (found === "file") {
    const deed = "take the database away";
    await askThere(base, { script: TAKE_AWAY, args: placeOf(base.path), deed });
  }
  return { tables: [], refusal };
}

/** A restore loses what was written since the backup; a copy of it costs little. A damaged database is not in the way. */
async function keepReplaced(aside: Aside, copy: Wanted["copy"]): Promise<readonly string[]> {
  try {
    await copy(aside.file);
    await aside.keeping();
    return [];
  } catch (error) {
    if (!(error instanceof Fault) || error.failure.code === "host-unreachable") throw error;
    return [`The data that were replaced could not be kept: ${error.failure.what}`];
  }
}

async function restore(base: HostBase, file: string, was: Json | undefined) {
  const { tools, path, temp } = base;
  const { root } = await base.reached();
  const { by, owner, mode } = await examine(base);
  const [folder, name] = placeOf(path);
  try {
    const argv = withRoot(root, "sh", "-eu", "-c", RECEIVE, "sh", folder, temp);
    const { tail } = await tools.into({ argv }, file, "send the copy");
    refuseOther("sent", await tools.digest(file), digestIn(tail));
    const manners = { owner, mode, ...mannersIn(was) };
    const args = ["restore", folder, name, temp, manners.owner, manners.mode];
    const said = await carryOut(base, by, { root, args, deed: `restore ${path}` });
    return sound(`${showPlace(base.where)}:${path}`, said);
  } finally {
    await forget(base).catch(() => undefined);
  }
}

/** Whose it was when it was backed up: it may be gone since. */
function mannersIn(was: Json | undefined): { readonly owner?: string; readonly mode?: string } {
  if (typeof was !== "object" || was === null) return {};
  const { owner, mode } = Object.fromEntries(Object.entries(was));
  return typeof owner === "string" && typeof mode === "string" ? { owner, mode } : {};
}

function notKept({ path, where }: HostBase, why: readonly string[]): Fault {
  return new Fault({
    code: "backup-not-kept",
    what: `${path} was not there before the run, and is left on ${showPlace(where)}: ${why.join(" ")}`,
    fix: "Take the database away by hand, then unlock the environment.",
  });
}
