import { canonicalJson } from "../../lib/canonical.ts";
import { sha256 } from "../../lib/digest.ts";
import { Fault } from "../../model/failure.ts";
import type { Release } from "../../model/release.ts";

/**
 * How a file takes part in a switch. `hashed`: its name changes with it, so it is there before and after; `plain`: it
 * changes with the switch; `entry`: it leads to others, so it changes after them.
 */
export type Kind = "hashed" | "plain" | "entry";

/** One file as it is to be shown. */
export interface Shown {
  /** From the root of the site, `/` between its parts. */
  readonly path: string;
  readonly bytes: number;
  /** Both in lower-case hex. */
  readonly sha256: string;
  readonly md5: string;
  readonly type: string;
  readonly cache: string;
  readonly kind: Kind;
}

/** All files of a release, in the order of their paths. */
export interface Manifest {
  readonly format: 1;
  readonly release: Release;
  /** Path of the one that people come to first. */
  readonly document: string;
  readonly files: readonly Shown[];
  /** Paths that were put for it when it was built otherwise, and that nobody needs once it is accepted. */
  readonly also?: readonly string[];
}

export function manifestText(manifest: Manifest): string {
  return `${canonicalJson(manifest)}\n`;
}

export function readManifest(text: string): Manifest {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by manifestText, whole or not at all
  return JSON.parse(text) as Manifest;
}

/** The same for the same files, types and headers. */
export function manifestDigest({ document, files }: Manifest): string {
  return sha256(canonicalJson({ document, files }));
}

/** Everything that it has put anywhere. */
export function pathsOf({ files, also = [] }: Manifest): readonly string[] {
  return [...files.map(({ path }) => path), ...also];
}

/** The file that people come to first. */
export function documentOf({ document, files, release }: Manifest): Shown {
  const found = files.find(({ path }) => path === document);
  if (found === undefined) throw new Error(`${release.id} has no ${document}`);
  return found;
}

/** What changes with the switch, in the order in which it does: others, then entries, the document last. */
export function switched({ files, document }: Manifest): readonly Shown[] {
  const rank = ({ path, kind }: Shown) => (path === document ? 2 : kind === "entry" ? 1 : 0);
  return files.filter(({ kind }) => kind !== "hashed").toSorted((a, b) => rank(a) - rank(b));
}

/** Caches keep a file under a name with a hash for ever: another file of that name would never be seen. Fault `hashed-name-reused`. */
export function refuseReusedName(manifest: Manifest, others: readonly Manifest[]): void {
  const known = new Map(manifest.files.map((file) => [file.path, file]));
  for (const other of others)
    for (const old of other.files) {
      const file = known.get(old.path);
      const isReused = file?.kind === "hashed" && old.kind === "hashed";
      if (isReused && file.sha256 !== old.sha256)
        throw new Fault({
          code: "hashed-name-reused",
          what: `${old.path} has other content in ${other.release.id} than in ${manifest.release.id}, and caches keep it for ever under that name.`,
          fix: "Let the bundler put the hash of the content into the name, or name the file under `entry`.",
        });
    }
}
