import type { Release } from "../../model/release.ts";
import type { ContainerOptions } from "./options.ts";
import type { Pieces } from "./words.ts";

/** Label of containers: the target whose they are. */
export const OWNER_LABEL = "seaworthy.target";
/** Label of containers and of images built here: id of the release. */
export const RELEASE_LABEL = "seaworthy.release";
/** Label of containers: which of the target's containers it is. */
export const PART_LABEL = "seaworthy.part";
/** Label of containers: digest of all that they were made from. */
export const SETTINGS_LABEL = "seaworthy.settings";
/** Label of containers: what they are called while they are not the serving one. */
export const NAME_LABEL = "seaworthy.name";

/** One container of a release, with all that is needed to make it again. */
export interface StoredPart {
  /** What it is called while it is not the serving one; made once under that name. */
  readonly name: string;
  /** `sha256:…` of the image. */
  readonly image: string;
  /** What the project file calls the image. */
  readonly imageName: string;
  /** `registry.example/shop@sha256:…`, where a registry has it. */
  readonly digest?: string;
  /** Options of `docker create` without name, labels of ours, environment and image. */
  readonly flags: readonly string[];
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, Pieces>>;
  /** Secrets that it gets as files. */
  readonly files: readonly string[];
  readonly settings: string;
  readonly network?: string;
  /** Which of two ports is its: 0 or 1. */
  readonly turn: number;
  readonly restart: string;
  readonly user?: string;
  readonly stopSeconds: number;
  readonly ready?: ContainerOptions["ready"];
  readonly replace: ContainerOptions["replace"];
  readonly router?: ContainerOptions["router"];
  readonly drain: string;
  readonly stable: string;
}

/** A release as it was put in place on a machine. */
export interface Stored {
  readonly release: Release;
  readonly parts: Readonly<Record<string, StoredPart>>;
  /** A run with it was accepted once. */
  readonly accepted: boolean;
  /** Milliseconds since 1970 when it last became the serving one. */
  readonly servedAt?: number;
}

/** The tag that keeps a release's image from being pruned: `seaworthy/shop-web:v1.0.0_1a2b3c4`. */
export function keepTag(owner: string, part: string, release: string): string {
  const repository = `${owner}-${part}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  return `seaworthy/${repository}:${safe(release).slice(0, 128)}`;
}

/** A container's own name: `web--v1.0.0_1a2b3c4--0f1e2d3c`. The same settings of the same release have the same name. */
export function ownName(part: string, release: string, settings: string): string {
  return `${part}--${safe(release).slice(0, 128)}--${settings.slice(0, 8)}`;
}

/** The file of a release's record. */
export function recordName(release: string): string {
  return `${release.replaceAll(/[^\w.+@=-]/g, "_")}.json`;
}

function safe(text: string): string {
  return text.replaceAll(/[^\w.-]/g, "_");
}

/** Which releases to forget: beyond `keep`, never the serving one nor the accepted one before it. The one that served last comes first. */
export function beyond(
  records: readonly Stored[],
  serving: string,
  keep: number,
): readonly Stored[] {
  const others = records.filter(({ release }) => release.id !== serving);
  const previous = others.find(({ accepted, servedAt }) => accepted && servedAt !== undefined);
  const ordered =
    previous === undefined ? others : [previous, ...others.filter((each) => each !== previous)];
  return ordered.slice(keep - 1);
}
