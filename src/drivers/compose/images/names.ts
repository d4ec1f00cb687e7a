import type { Release } from "../../../model/release.ts";

/** Labels of every image that we build: what it is found by, on whatever engine it is. */
export const LABELS = {
  release: "seaworthy.built.release",
  part: "seaworthy.built.part",
  stack: "seaworthy.built.stack",
} as const;

/** Tag that keeps a release's image of a part from being pruned by others: `seaworthy/shop-staging-web:v1.2-1a2b3c4`. */
export function keepTag(stack: string, part: string, release: Pick<Release, "id">): string {
  return `${keepRepository(stack, part)}:${tagOf(release.id)}`;
}

export function keepRepository(stack: string, part: string): string {
  return `seaworthy/${pathPart(`${stack}-${part}`)}`;
}

/** A repository's name has small letters only, and never two separators in a row. */
function pathPart(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
}

function tagOf(id: string): string {
  return id.replaceAll(/[^\w.-]/g, "-").slice(0, 128);
}

/** An image's name in its pieces. */
export interface ImageName {
  /** `registry.example:5000/shop/web` as it was written, without tag and digest. */
  readonly repository: string;
  /** Host of the registry; undefined: docker's own. */
  readonly registry?: string;
  readonly tag?: string;
  readonly digest?: string;
}

/** Reads `registry.example:5000/shop/web:1.2@sha256:…`. */
export function readImageName(name: string): ImageName {
  const [named = "", digest] = name.split("@");
  const colon = named.lastIndexOf(":");
  const hasTag = colon > named.lastIndexOf("/");
  const repository = hasTag ? named.slice(0, colon) : named;
  const [first = ""] = repository.split("/");
  const isHost = repository.includes("/") && (/[.:]/.test(first) || first === "localhost");
  return {
    repository,
    ...(isHost && { registry: first }),
    ...(hasTag && { tag: named.slice(colon + 1) }),
    ...(digest !== undefined && { digest }),
  };
}
