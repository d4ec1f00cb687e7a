import { access, mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";

/**
 * Whether a secret was found in what was built here last.
 *
 * Then nothing is taken from the builder's cache until a build is clean: a secret's value is no part of what a layer is
 * cached by, so after the secret is changed the layer with the old value, which nobody knows any more, would come back.
 */
export interface Distrust {
  readonly isThere: boolean;
  begin(): Promise<void>;
  end(): Promise<void>;
}

export async function distrustOf({ folder }: { readonly folder: string }): Promise<Distrust> {
  const file = path.join(folder, "cache-holds-a-secret");
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  return {
    isThere,
    async begin() {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeFile(file, "", { mode: 0o600, flush: true });
    },
    end: () => rm(file, { force: true }),
  };
}
