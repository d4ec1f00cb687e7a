import { posix } from "node:path";
import { sha256 } from "../../../lib/digest.ts";
import { Fault } from "../../../model/failure.ts";
import { type OnHost, showPlace } from "../../inside.ts";
import { hasPassed } from "../../kept.ts";
import { countRows, type Engine, type Tables } from "../engine.ts";
import { overFile } from "../file-engine.ts";
import { reach, type Reached, withRoot } from "../root-words.ts";
import { sqlite } from "../sqlite/index.ts";
import { noRoom, openTools, refused } from "../tools.ts";
import { refuseOther } from "../transfer.ts";
import { sound } from "./answer.ts";
import { carryOut, examine, forget, type HostBase, placeOf } from "./reached.ts";
import { putBackThere } from "./restore.ts";

/** Where a database is, and its copies. */
interface Place {
  /** Absolute. */
  readonly path: string;
  readonly where: OnHost;
  /** The host that keeps the copies; undefined: this machine. */
  readonly keeper?: OnHost | undefined;
}

/** SQLite on a host: its own Python or sqlite3 copies the database while it is in use into a file beside it, which is then fetched. */
export function sqliteOnHost({ path, where, keeper }: Place, work: HostBase["work"]): Engine {
  const tools = openTools(work, { in: where, env: {}, code: "sqlite-refused", keeper });
  const mark = sha256([work.store, work.run.environment, work.step.id, path].join("\n"));
  let known: Promise<Reached> | undefined;
  const reached = () => (known ??= reach(work, where, path));
  const temp = `.seaworthy-${mark.slice(0, 10)}.copy`;
  const base: HostBase = { path, where, work, tools, temp, reached };
  const here = overFile(sqlite, path, work.signal);
  return {
    name: `${showPlace(where)}:${path}`,
    ending: sqlite.ending,
    count: countRows,
    exists: () => exists(base),
    sweep: () => forget(base),
    copy: (to) => copy(base, to),
    check: (file) => (keeper ? checkThere(base, file) : here.check(file)),
    tryOut: (file, folder) => (keeper ? tryOutThere(base, file) : here.tryOut(file, folder)),
    putBack: (file, aside) => putBackThere(base, { file, aside, copy: (to) => copy(base, to) }),
  };
}

async function exists({ reached, path, where }: HostBase): Promise<boolean> {
  const { found } = await reached();
  if (found === "file" || found === "absent") return found === "file";
  throw new Fault({
    code: "backup-source-unusable",
    what: `${path} on ${showPlace(where)} is not a file.`,
    fix: "Name the database file itself.",
  });
}

/** Copies beside the database, lets the copy flow to where it is kept, and proves that it is the same at both ends. */
async function copy(base: HostBase, to: string): Promise<Tables | undefined> {
  const { tools, path, temp, where, work } = base;
  const { root } = await base.reached();
  const { by, owner, mode } = await examine(base);
  await work.note({ was: { owner, mode } });
  const [folder, name] = placeOf(path);
  try {
    const args = ["copy", folder, name, temp];
    const said = await carryOut(base, by, { root, args, deed: `copy ${path}` });
    if (said.room) throw noRoom(where, { bytes: said.room });
    const argv = withRoot(root, "cat", "--", posix.join(folder, temp));
    const { from, sha256: arrived } = await tools.out({ argv }, to);
    if (!hasPassed(from))
      throw refused(from, {
        tool: "cat",
        deed: "read the copy",
        code: "sqlite-refused",
        place: where,
      });
    refuseOther("fetched", said.sha256, arrived);
    return said.tables.length > 0 ? said.tables : undefined;
  } finally {
    await forget(base).catch(() => undefined);
  }
}

/** A copy that is kept on the host is checked there. */
async function checkThere(base: HostBase, file: string): Promise<Tables> {
  const { by } = await examine(base);
  const args = ["inspect", ...placeOf(file)];
  const said = await carryOut(base, by, { root: [], args, deed: "check the copy" });
  return sound(`${showPlace(base.where)}:${file}`, said);
}

const SCRATCH = "restored.scratch";

async function tryOutThere(base: HostBase, file: string): Promise<Tables> {
  const { by } = await examine(base);
  const [folder, name] = placeOf(file);
  const remove = () => base.tools.look({ argv: ["rm", "-f", "--", posix.join(folder, SCRATCH)] });
  await remove();
  try {
    const args = ["restore", folder, SCRATCH, name, "0:0", "600"];
    const said = await carryOut(base, by, { root: [], args, deed: "restore the copy on trial" });
    return sound(`${showPlace(base.where)}:${posix.join(folder, SCRATCH)}`, said);
  } finally {
    await remove().catch(() => undefined);
  }
}
