import type { Release } from "../model/release.ts";
import type { Act } from "./driver.ts";

/** One image of a release. */
export interface Image {
  /** The part that runs it. */
  readonly part: string;
  /** `sha256:…` of its configuration: the same id is the same content. */
  readonly id: string;
  /** What people call it: `registry.example/shop:1.2`. */
  readonly name: string;
  /** Uncompressed. */
  readonly bytes: number;
  /** `registry.example/shop@sha256:…`, once a registry has it. */
  readonly digest?: string;
}

/** How images are built. */
export interface BuildOrder {
  /** Absolute folder with the release's files. */
  readonly from: string;
  /** Parts to build; undefined: all that say how. */
  readonly parts?: readonly string[];
  readonly isCached: boolean;
  /** Default: BuildKit where it is. */
  readonly builder?: "buildkit" | "classic";
  readonly args: Readonly<Record<string, string>>;
  /** Given to the build as secret mounts, by name; never as arguments. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** A path in an image that is not the same in two builds. */
export interface Difference {
  readonly part: string;
  readonly path: string;
  readonly is: "only in the first" | "only in the second" | "different";
}

/** Who may use a registry. */
export interface SignIn {
  readonly registry: string;
  readonly user: string;
  readonly password: string;
}

/** Building and moving images: an ability of drivers whose releases are made of them. */
export interface Images {
  /** Builds what the release says how to build, and labels it with the release and its commit. */
  build(release: Release, order: BuildOrder, act: Act): Promise<readonly Image[]>;
  /** Every file, mode, owner and setting in which two builds of the same part differ; times do not count. */
  compare(
    first: readonly Image[],
    second: readonly Image[],
    act: Act,
  ): Promise<readonly Difference[]>;
  /** How many bytes `docker save` writes of them, layers that they share counted once. */
  weigh(images: readonly Image[], act: Act): Promise<number>;
  /** Pushes the release's images to their registry, and hands back under which digest each is there. */
  push(release: Release, signIn: SignIn | undefined, act: Act): Promise<readonly Image[]>;
  /** Puts the release's images onto another engine without a registry, those that are not there yet. Bytes that were sent. */
  send(release: Release, engine: string, act: Act): Promise<number>;
  /** Removes images built for this target that no kept release needs, and hands back how large they were; layers that others share are still there. */
  prune(act: Act): Promise<number>;
}
