import { readManifest, type Manifest } from "./manifest.ts";

/** Reads folders; those who want the same one at the same time share the reading. */
export interface Manifests {
  read(folder: string): Promise<Manifest>;
}

export function openManifests(): Manifests {
  const reading = new Map<string, Promise<Manifest>>();
  return {
    read(folder) {
      const known = reading.get(folder);
      if (known) return known;
      const mine = readManifest(folder).finally(() => reading.delete(folder));
      reading.set(folder, mine);
      return mine;
    },
  };
}
