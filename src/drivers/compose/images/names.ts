/** Labels of images that we build, beside those of the release and its commit: what they are found by on whatever engine they are. */
export const PART_LABEL = "seaworthy.part";
export const STACK_LABEL = "seaworthy.stack";

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
