import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { writeDurably } from "../../lib/durable-file.ts";
import { isMissing } from "../../lib/error-code.ts";
import { Fault } from "../../model/failure.ts";
import type { Release } from "../../model/release.ts";

/** Label of containers and images: id of the release. */
export const RELEASE_LABEL = "seaworthy.release";
/** Label of images: full commit that they were built from. */
export const COMMIT_LABEL = "seaworthy.commit";
/** Label of containers: digest of their service as it was stored, whichever release brought it. */
export const SERVICE_LABEL = "seaworthy.service";
/** Label of containers: the target whose they are. */
export const OWNER_LABEL = "seaworthy.target";

/** One service of a stored release, pinned. */
export interface StoredService {
  /** `sha256:…` of the image. */
  readonly image: string;
  /** What the compose file calls the image. */
  readonly name: string;
  /** `registry.example/shop@sha256:…`, where a registry has it: the way back when the image is gone from the engine. */
  readonly digest?: string;
  /** Digest of the whole service as stored. */
  readonly fingerprint: string;
  /** It carries the release's label, so each release brings its own containers of it. */
  readonly isReleased: boolean;
  readonly hasHealthCheck: boolean;
  /** It may end by itself, with exit code 0. */
  readonly isOneOff: boolean;
}

/** A release as it was put in place: `release.json` in its folder. */
export interface Stored {
  readonly release: Release;
  /** Which Compose rendered it. */
  readonly compose: "v1" | "v2";
  readonly services: Readonly<Record<string, StoredService>>;
  /** Names of the secrets that the rendered file asks for by `${NAME}`. */
  readonly secrets: readonly string[];
  /** Names below `layout.files` that its bind mounts need. */
  readonly files: readonly string[];
  /** A run with it was accepted once. */
  readonly accepted: boolean;
  /** Milliseconds since 1970 when it last became the serving one. */
  readonly servedAt?: number;
}

/** Where things are in a target's folder. */
export interface Layout {
  readonly folder: string;
  readonly releases: string;
  readonly fence: string;
  /** The engine and the name that this target was first put under. */
  readonly target: string;
  /** Id of the release that was last made to serve. */
  readonly serving: string;
  /** A release's own folder. */
  release(id: string): string;
  /** Its record, written last: without it nothing is staged. */
  record(id: string): string;
  /** The rendered compose file, JSON, secrets by reference. */
  file(id: string): string;
  /** Files that bind mounts bring from checkouts, each under the digest of its content: what did not change stays where it is mounted. */
  readonly files: string;
  /** Folders that bind mounts ask for and no checkout brings: they outlive releases. */
  readonly data: string;
  /** Last words of containers that a release took the place of. */
  readonly logs: string;
}

export function layout(folder: string): Layout {
  const at = (...parts: string[]) => path.join(folder, ...parts);
  return {
    folder,
    releases: at("releases"),
    fence: at("fence"),
    target: at("target.json"),
    serving: at("serving"),
    release: (id) => at("releases", checked(id)),
    record: (id) => at("releases", checked(id), "release.json"),
    file: (id) => at("releases", checked(id), "compose.json"),
    files: at("files"),
    data: at("data"),
    logs: at("logs"),
  };
}

/** The tag that keeps a release's image from being pruned: `seaworthy/shop-web:v1.0.0_1a2b3c4`. What `build` builds for this release is called so as well. */
export function keepTag(name: string, service: string, release: string): string {
  const repository = `${name}-${service}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  const tag = release.replaceAll(/[^\w.-]/g, "_").slice(0, 128);
  return `seaworthy/${repository}:${tag}`;
}

export async function readStored(places: Layout, id: string): Promise<Stored | undefined> {
  const text = await readIfThere(places.record(id));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by writeStored, whole or not at all
  return text === undefined ? undefined : (JSON.parse(text) as Stored);
}

export async function writeStored(places: Layout, stored: Stored): Promise<void> {
  await mkdir(places.release(stored.release.id), { recursive: true, mode: 0o700 });
  await writeDurably(places.record(stored.release.id), `${JSON.stringify(stored, null, 2)}\n`);
}

/** Every release that is in place, the one that served last first. */
export async function readAllStored(places: Layout): Promise<readonly Stored[]> {
  const names = await readdir(places.releases).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const all = await Promise.all(names.map((id) => readStored(places, id)));
  return all
    .filter((stored) => stored !== undefined)
    .toSorted((a, b) => (b.servedAt ?? 0) - (a.servedAt ?? 0));
}

/** Forgets a release: its record first, so that a half removed one is never taken for whole. */
export async function forget(places: Layout, id: string): Promise<void> {
  await rm(places.record(id), { force: true });
  await rm(places.release(id), { recursive: true, force: true });
}

export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function checked(id: string): string {
  if (/^[\w+-][\w.+@=-]{0,199}$/.test(id)) return id;
  throw new Fault({
    code: "release-id-unsafe",
    what: `"${id}" can't be the name of a folder.`,
    fix: "Use a release id of letters, digits and . _ + - only.",
  });
}
