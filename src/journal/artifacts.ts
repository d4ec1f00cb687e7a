import { lstatSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { sha256 } from "../lib/digest.ts";
import type { Mask } from "../lib/mask.ts";
import type { Evidence } from "../model/evidence.ts";
import type { Artifacts, Sink } from "../ports/artifacts.ts";
import { checkArtifactName, checkNoLink, MANIFEST, numbered } from "./artifact-names.ts";
import { listEvidence, noteClosed } from "./artifact-list.ts";
import { writeManifest } from "./manifest.ts";
import { syncFolder } from "./sync-folder.ts";
import { checkRunId } from "./names.ts";
import { createFile, orFault } from "./new-file.ts";
import { KEEP_BYTES, openSink } from "./sink.ts";

/** The artifacts of one run, in `<folder>/runs/<run>/`, which is made when the first one is. */
export function openArtifacts(folder: string, run: string, mask: Mask): Artifacts {
  checkRunId(run);
  const root = join(folder, "runs", run);
  const desk: Desk = { root, mask, given: new Set(), open: new Set() };
  return {
    folder: root,
    name: async (wish) => freeName(desk, wish),
    path: (name) => place(desk, name),
    open: async (name, { keepBytes = KEEP_BYTES } = {}) => openNamed(desk, name, keepBytes),
    async save(wish, content) {
      const sink = openNamed(desk, freeName(desk, wish), Number.MAX_SAFE_INTEGER);
      sink.write(content);
      return sink.close();
    },
    list: () => listEvidence(root, desk.open),
    async seal() {
      makeFolder(MANIFEST, root);
      const artifacts = await listEvidence(root, desk.open);
      const { name, content } = writeManifest(root, run, artifacts);
      return { name, sha256: sha256(content), bytes: content.length };
    },
  };
}

interface Desk {
  readonly root: string;
  readonly mask: Mask;
  /** Names handed out by this process, used or not. */
  readonly given: Set<string>;
  /** Names of sinks that are still being written. */
  readonly open: Set<string>;
}

function place({ root }: Desk, name: string): string {
  checkArtifactName(name);
  checkNoLink(root, name);
  return join(root, name);
}

function freeName(desk: Desk, wish: string): string {
  for (let n = 1; ; n += 1) {
    const name = numbered(wish, n);
    const path = place(desk, name);
    if (desk.given.has(name) || exists(path)) continue;
    desk.given.add(name);
    // Made here, because other processes write to the path as well.
    makeFolder(name, dirname(path));
    return name;
  }
}

function openNamed(desk: Desk, name: string, keepBytes: number): Sink {
  const path = place(desk, name);
  makeFolder(name, dirname(path));
  const sink = openSink(createFile(name, path), desk.mask.stream(), keepBytes);
  desk.given.add(name);
  desk.open.add(name);
  return onceClosed(name, sink, () => {
    desk.open.delete(name);
    const evidence = { name, ...sink.end() };
    orFault(name, () => {
      syncFolder(dirname(path));
      noteClosed(desk.root, evidence);
    });
    return evidence;
  });
}

/** A sink that takes nothing after its end, and ends once however often it is closed. */
function onceClosed(name: string, sink: Pick<Sink, "write">, end: () => Evidence): Sink {
  let closed: Promise<Evidence> | undefined;
  return {
    write(chunk) {
      if (closed !== undefined) throw new TypeError(`the artifact ${name} is closed`);
      sink.write(chunk);
    },
    close: () => (closed ??= (async () => end())()),
  };
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function makeFolder(name: string, folder: string): void {
  orFault(name, () => mkdirSync(folder, { recursive: true, mode: 0o700 }));
}
