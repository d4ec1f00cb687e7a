import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Fault } from "../../model/failure.ts";
import { countRows, type Engine, type Tables } from "./engine.ts";

/** A kind of database that is one file, whose copy is such a file too. */
export interface FileEngine {
  /** The ending of its backup files. */
  readonly ending: string;
  /** Whether there is a database at all. */
  exists(database: string): Promise<boolean>;
  /** Makes a copy of the database while it is in use. Hands back its tables at that moment, where they can be known. */
  copy(database: string, to: string, signal: AbortSignal): Promise<Tables | undefined>;
  /** Checks a copy from end to end. Fault `backup-damaged`. */
  check(copy: string, signal: AbortSignal): Promise<Tables>;
  /** Puts a copy in the place of a database (or of nothing), so that its users see it. */
  restore(copy: string, database: string, signal: AbortSignal): Promise<Tables>;
  /** Takes a database out of the way, into this file. */
  setAside(database: string, to: string): Promise<void>;
}

/** Such a database at its place. */
export function overFile(kind: FileEngine, database: string, signal: AbortSignal): Engine {
  return {
    name: database,
    ending: kind.ending,
    count: countRows,
    exists: () => kind.exists(database),
    sweep: async () => undefined,
    copy: (to) => kind.copy(database, to, signal),
    check: (copy) => kind.check(copy, signal),
    async tryOut(copy, folder) {
      const scratch = join(folder, "restored.scratch");
      await rm(scratch, { force: true });
      try {
        return await kind.restore(copy, scratch, signal);
      } finally {
        await rm(scratch, { force: true });
      }
    },
    async putBack(copy, aside) {
      const isThere = await kind.exists(database);
      if (copy === undefined) {
        if (isThere) await aside.keeping();
        if (isThere) await kind.setAside(database, aside.file);
        return { tables: [], refusal: [] };
      }
      const refusal = isThere
        ? await keepReplaced(kind, database, { aside: aside.file, signal })
        : [];
      if (isThere && refusal.length === 0) await aside.keeping();
      return { tables: await kind.restore(copy, database, signal), refusal };
    },
  };
}

/** A restore loses what was written since the backup; a copy of it costs little. A damaged database is not in the way. */
async function keepReplaced(
  kind: FileEngine,
  database: string,
  { aside, signal }: { readonly aside: string; readonly signal: AbortSignal },
): Promise<readonly string[]> {
  try {
    await kind.copy(database, aside, signal);
    return [];
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return [`The data that were replaced could not be kept: ${error.failure.what}`];
  }
}
