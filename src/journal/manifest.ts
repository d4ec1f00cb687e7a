import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Evidence } from "../model/evidence.ts";
import { MANIFEST, numbered } from "./artifact-names.ts";
import { syncFolder } from "./sync-folder.ts";
import { orFault } from "./new-file.ts";

/** The manifest's name and content, once it is on disk. */
export interface Manifest {
  readonly name: string;
  readonly content: Uint8Array;
}

/** Writes down what a run has kept. Sealing the same again changes nothing; sealing something else adds a manifest. */
export function writeManifest(root: string, run: string, artifacts: readonly Evidence[]): Manifest {
  const content = Buffer.from(`${JSON.stringify({ version: 1, run, artifacts }, undefined, 2)}\n`);
  const draft = join(root, `.${MANIFEST}.new`);
  return orFault(MANIFEST, () => {
    rmSync(draft, { force: true });
    writeFileSync(draft, content, { flag: "wx", mode: 0o600, flush: true });
    const name = publish(root, draft, content);
    rmSync(draft);
    syncFolder(root);
    return { name, content };
  });
}

/** Gives the draft the first free name. A link is made whole or not at all, and never over another file. */
function publish(root: string, draft: string, content: Uint8Array): string {
  for (let n = 1; ; n += 1) {
    const name = numbered(MANIFEST, n);
    const path = join(root, name);
    try {
      linkSync(draft, path);
      return name;
    } catch (thrown) {
      if (!(thrown instanceof Error && "code" in thrown && thrown.code === "EEXIST")) throw thrown;
      if (readFileSync(path).equals(content)) return name;
    }
  }
}
